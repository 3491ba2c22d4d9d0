"""Clients: an application's consumer keys with their settings and the digests of their secrets."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update

from gatelodge.oauth.clients import Client, ClientSecret
from gatelodge.storage.client_schema import client_secrets, clients
from gatelodge.storage.schema import applications, developers

_SETTINGS = (
    "type",
    "authentication",
    "jwks",
    "jwks_uri",
    "grant_types",
    "redirect_uris",
    "post_logout_redirect_uris",
    "backchannel_logout_uri",
    "require_pkce",
    "access_token_format",
    "access_token_algorithm",
    "id_token_algorithm",
    "code_lifetime",
    "access_token_lifetime",
    "refresh_token_lifetime",
    "sign_in_lifetime",
)
_WORDS = (
    "environment",
    "type",
    "authentication",
    "access_token_format",
    "access_token_algorithm",
    "id_token_algorithm",
)
"""Settings of a few values, whose text all clients in memory share."""
_URI_LISTS = ("redirect_uris", "post_logout_redirect_uris")

_SECRET = [column for column in client_secrets.c if column.name != "client_row"]
_COLUMNS = (
    *clients.c,
    applications.c.name.label("application_name"),
    developers.c.name.label("owner_name"),
    applications.c.state.label("application_state"),
    developers.c.state.label("owner_state"),
)
_NAMES = [column.name for column in _COLUMNS]
_SECRET_NAMES = [column.name for column in _SECRET]
# One statement for a client and its secrets: a caller whom no cache holds waits for each.
_SELECT = (
    select(*_COLUMNS, *(column.label(f"secret_{column.name}") for column in _SECRET))
    .select_from(
        clients.join(applications, applications.c.id == clients.c.application_id)
        .join(developers, developers.c.id == applications.c.owner_id)
        .outerjoin(client_secrets, client_secrets.c.client_row == clients.c.id)
    )
    .order_by(clients.c.environment, client_secrets.c.id.desc())
)
_NOTE_USE = (
    update(client_secrets)
    .where(
        client_secrets.c.id == bindparam("row"),
        func.coalesce(client_secrets.c.last_used_at, 0) < bindparam("at"),
    )
    .values(last_used_at=bindparam("at"))
)
# Built once: callers nobody knows yet are read on the way, and building costs as much again.
_FIND = _SELECT.where(clients.c.id == bindparam("row_id"))
_FIND_BY_CLIENT_ID = _SELECT.where(clients.c.client_id == bindparam("consumer_key"))


def find(conn: Connection, client_row: int) -> Client | None:
    """Return the client in this row."""
    return _one(conn.execute(_FIND, {"row_id": client_row}))


def find_by_client_id(conn: Connection, consumer_key: str) -> Client | None:
    """Return the client with this consumer key, an inactive one included."""
    return _one(conn.execute(_FIND_BY_CLIENT_ID, {"consumer_key": consumer_key}))


def find_of_application(conn: Connection, application_id: int, environment: str) -> Client | None:
    """Return an application's client for one environment."""
    rows = conn.execute(
        _SELECT.where(
            clients.c.application_id == application_id, clients.c.environment == environment
        )
    )
    return _one(rows)


def of_application(conn: Connection, application_id: int) -> Sequence[Client]:
    """Return an application's clients, production first."""
    return _all(conn.execute(_SELECT.where(clients.c.application_id == application_id)))


def add(conn: Connection, client: Client) -> None:
    """Store a new client with its secrets; the application has none for that environment."""
    row = _settings(client) | {
        "id": client.id,
        "client_id": client.client_id,
        "application_id": client.application_id,
        "environment": client.environment,
        "created_at": client.created_at,
    }
    conn.execute(insert(clients), row)
    for secret in client.secrets:
        add_secret(conn, client.id, secret)


def replace_settings(conn: Connection, client: Client) -> None:
    """Store a client's changed settings; key, environment and secrets stay as they are."""
    conn.execute(update(clients).where(clients.c.id == client.id).values(_settings(client)))


def remove(conn: Connection, client_row: int) -> None:
    """Remove a client with its secrets and the consents given to it."""
    conn.execute(delete(clients).where(clients.c.id == client_row))


def add_secret(conn: Connection, client_row: int, secret: ClientSecret) -> None:
    """Store the digest of a further secret."""
    conn.execute(
        insert(client_secrets), msgspec.structs.asdict(secret) | {"client_row": client_row}
    )


def expire_secret(conn: Connection, secret_id: int, at: int) -> None:
    """Let a secret end at ``at`` (seconds since the epoch)."""
    conn.execute(
        update(client_secrets).where(client_secrets.c.id == secret_id).values(expires_at=at)
    )


def remove_secret(conn: Connection, secret_id: int) -> None:
    """Remove a secret; it authenticates nobody from the commit on."""
    conn.execute(delete(client_secrets).where(client_secrets.c.id == secret_id))


def remove_secrets(conn: Connection, client_row: int) -> None:
    """Remove every secret of a client."""
    conn.execute(delete(client_secrets).where(client_secrets.c.client_row == client_row))


def note_uses(conn: Connection, used: Mapping[int, int]) -> None:
    """Write down when secrets were last used; a later time that stands there already stays."""
    rows = [{"row": id_, "at": used[id_]} for id_ in sorted(used)]
    if rows:
        conn.execute(_NOTE_USE, rows)


def forget_expired_secrets(conn: Connection, client_row: int, now: int) -> None:
    """Remove a client's secrets that no longer live at ``now``."""
    conn.execute(
        delete(client_secrets).where(
            client_secrets.c.client_row == client_row, client_secrets.c.expires_at <= now
        )
    )


def _settings(client: Client) -> dict[str, Any]:
    values = {name: getattr(client, name) for name in _SETTINGS}
    values["grant_types"] = sorted(client.grant_types)
    for name in _URI_LISTS:
        values[name] = list(values[name])
    return values


def _one(rows: Iterable[Row[Any]]) -> Client | None:
    found = _all(rows)
    return found[0] if found else None


def _all(rows: Iterable[Row[Any]]) -> list[Client]:
    """Return the clients of rows that have a client and one of its secrets each."""
    width = len(_NAMES)
    found: dict[int, tuple[Row[Any], list[ClientSecret]]] = {}
    for row in rows:
        secrets = found.setdefault(row[0], (row, []))[1]
        if row[width] is not None:
            secrets.append(ClientSecret(**dict(zip(_SECRET_NAMES, row[width:], strict=True))))
    return [
        _record(dict(zip(_NAMES, row[:width], strict=True)), tuple(secrets))
        for row, secrets in found.values()
    ]


def _record(values: dict[str, Any], secrets: tuple[ClientSecret, ...]) -> Client:
    states = {values.pop("application_state"), values.pop("owner_state")}
    values["grant_types"] = _grant_types(tuple(values["grant_types"]))
    for name in _URI_LISTS:
        values[name] = tuple(values[name])
    for name in _WORDS:
        values[name] = sys.intern(values[name])
    return Client(**values, secrets=secrets, active=states == {"active"})


@cache
def _grant_types(names: tuple[str, ...]) -> frozenset[str]:
    """Return one set for all clients that have the same: caches hold tens of thousands of them."""
    return frozenset(names)
