"""A grown installation: the demo's own rows, many times over, inserted by the database itself."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    String,
    Table,
    cast,
    func,
    insert,
    literal,
    literal_column,
    select,
    text,
)

from gatelodge.catalog.subscriptions import Subscription
from gatelodge.demo import credentials as demo
from gatelodge.oauth import digests, opaque, scopes
from gatelodge.oauth.refresh import RefreshToken
from gatelodge.settings import Secrets
from gatelodge.storage import clients, refresh_tokens, subscriptions, users
from gatelodge.storage.client_schema import client_secrets
from gatelodge.storage.client_schema import clients as clients_table
from gatelodge.storage.ids import first_at
from gatelodge.storage.schema import metadata
from gatelodge.storage.token_schema import refresh_tokens as ring

SECRET = b"growth" + bytes(opaque.SECRET_BYTES - 6)
"""The secret of every refresh token; a digest is compared and never looked up."""

_DAY = 86_400
_AT_ONCE = 250_000
_SPREAD_DAYS = 6  # how far back refresh tokens were issued: all are alive (a key gives a week)
_TABLES = metadata.tables
_N: ColumnElement[int] = literal_column("n", BigInteger)


class Sizes(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows of each."""

    refresh_tokens: int
    applications: int
    users: int


class Crowd(msgspec.Struct, frozen=True, kw_only=True):
    """Who can call: row ``n`` of refresh tokens has the id ``first + n * step``."""

    sizes: Sizes
    first: int
    step: int

    def consumer_key(self, n: int) -> str:
        """Return the consumer key of application ``n``; its secret is the demo's."""
        return f"growth-{n % self.sizes.applications}"

    def refresh_token(self, n: int) -> str:
        """Return the text of refresh token ``n``, issued to the application of that number."""
        return opaque.write(opaque.REFRESH_TOKEN, self.first + n * self.step, SECRET)


def fill(conn: Connection, secrets: Secrets, sizes: Sizes, now: int) -> Crowd:
    """Fill an installation that holds the demo; the rows are spread over the last days."""
    client = clients.find_by_client_id(conn, demo.CONSUMER_KEY)
    user = users.find_by_login(conn, demo.USER_LOGIN)
    assert client is not None
    assert user is not None
    first = first_at(now - _SPREAD_DAYS * _DAY)
    crowd = Crowd(
        sizes=sizes,
        first=first,
        step=_SPREAD_DAYS * _DAY * 1000 * 4096 * 1024 // sizes.refresh_tokens,
    )
    subscription: Subscription = subscriptions.of_application(conn, client.application_id)[0]
    _fill_users(conn, user.id, first, sizes.users)
    _fill_applications(conn, client.application_id, first, sizes.applications)
    key = _named("growth-")
    _copy(
        conn,
        clients_table,
        client.id,
        range(sizes.applications),
        {"id": first + _N, "application_id": first + _N, "client_id": key},
    )
    _copy(
        conn,
        client_secrets,
        client.secrets[0].id,
        range(sizes.applications),
        {"id": first + _N, "client_row": first + _N},
    )
    _copy(
        conn,
        _TABLES["subscriptions"],
        subscription.id,
        range(sizes.applications),
        {"id": first + _N, "application_id": first + _N},
    )
    _fill_refresh_tokens(conn, secrets, crowd, now)
    return crowd


def settle(conn: Connection) -> None:
    """Let the database do now what it would do on its own in the middle of a measurement."""
    if conn.dialect.name == "postgresql":
        conn.execute(text("VACUUM ANALYZE"))
        conn.execute(text("CHECKPOINT"))
    else:
        conn.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))


def _fill_users(conn: Connection, like: int, first: int, count: int) -> None:
    name = _named("growth-")
    changed: dict[str, ColumnElement[Any]] = {
        "id": first + _N,
        "login_name": name,
        "email": _named("growth-", "@example.com"),
    }
    _copy(conn, _TABLES["users"], like, range(count), changed)


def _fill_applications(conn: Connection, like: int, first: int, count: int) -> None:
    name = _named("Growth ")
    changed: dict[str, ColumnElement[Any]] = {
        "id": first + _N,
        "name": name,
        "name_folded": func.lower(name),
    }
    _copy(conn, _TABLES["applications"], like, range(count), changed)


def _fill_refresh_tokens(conn: Connection, secrets: Secrets, crowd: Crowd, now: int) -> None:
    row = RefreshToken(
        id=crowd.first - 1,
        digest=digests.digest(secrets.derive(digests.REFRESH_TOKEN), SECRET),
        family_id=crowd.first - 1,
        client_row=0,
        user_id=0,
        scope=scopes.DEFAULT,
        auth_time=now - _SPREAD_DAYS * _DAY,
        amr="pwd",
        issued_at=now - _SPREAD_DAYS * _DAY,
        expires_at=now + _DAY,
        family_expires_at=now + 30 * _DAY,
    )
    refresh_tokens.save(conn, [row])
    id_ = crowd.first + _N * crowd.step
    changed: dict[str, ColumnElement[Any]] = {
        "id": id_,
        "family_id": id_,
        "client_row": crowd.first + _N % crowd.sizes.applications,
        "user_id": crowd.first + _N % crowd.sizes.users,
    }
    like = ring.at(conn, row.id)
    for part, numbers in _parts(conn, crowd):
        _copy(conn, like, row.id, numbers, changed, part)


def _parts(conn: Connection, crowd: Crowd) -> Iterator[tuple[Table, range]]:
    """Yield the tables that refresh tokens go to, and which of them."""
    begin, count = 0, crowd.sizes.refresh_tokens

    def table_of(n: int) -> Table:
        return ring.at(conn, crowd.first + n * crowd.step)

    while begin < count:
        table, rest = table_of(begin), range(begin, count)
        end = begin + bisect_left(rest, True, key=lambda n: table_of(n) is not table)
        yield table, range(begin, end)
        begin = end


def _named(before: str, after: str = "") -> ColumnElement[str]:
    return literal(before).concat(cast(_N, String)).concat(after)


def _copy(
    conn: Connection,
    table: Table,
    like: int,
    numbers: range,
    changed: Mapping[str, ColumnElement[Any]],
    into: Table | None = None,
) -> None:
    """Insert a row like row ``like`` for each number, with what is changed about row ``n``."""
    names = [column.name for column in table.columns]
    values = [changed.get(name, table.c[name]).label(name) for name in names]
    for begin in range(numbers.start, numbers.stop, _AT_ONCE):
        end = min(begin + _AT_ONCE, numbers.stop)
        counted = select(literal(begin, BigInteger).label("n")).cte("numbers", recursive=True)
        more = select(counted.c.n + 1).where(counted.c.n + 1 < end)
        rows = select(*values).select_from(table.join(counted.union_all(more), table.c.id == like))
        conn.execute(
            insert(table if into is None else into).from_select(names, rows, include_defaults=False)
        )
