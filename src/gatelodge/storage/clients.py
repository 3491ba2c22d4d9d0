"""Clients: an application's consumer keys with their settings and the digests of their secrets."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping, bindparam, delete, func, insert, select, update

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
_URI_LISTS = ("redirect_uris", "post_logout_redirect_uris")

_SELECT = select(
    clients,
    applications.c.name.label("application_name"),
    applications.c.state.label("application_state"),
    developers.c.name.label("owner_name"),
    developers.c.state.label("owner_state"),
).select_from(
    clients.join(applications, applications.c.id == clients.c.application_id).join(
        developers, developers.c.id == applications.c.owner_id
    )
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
_SECRETS = (
    select(*(column for column in client_secrets.c if column.name != "client_row"))
    .where(client_secrets.c.client_row == bindparam("row_id"))
    .order_by(client_secrets.c.id.desc())
)


def find(conn: Connection, client_row: int) -> Client | None:
    """Return the client in this row."""
    rows = conn.execute(_FIND, {"row_id": client_row})
    return _one(conn, rows.mappings().one_or_none())


def find_by_client_id(conn: Connection, consumer_key: str) -> Client | None:
    """Return the client with this consumer key, an inactive one included."""
    rows = conn.execute(_FIND_BY_CLIENT_ID, {"consumer_key": consumer_key})
    return _one(conn, rows.mappings().one_or_none())


def find_of_application(conn: Connection, application_id: int, environment: str) -> Client | None:
    """Return an application's client for one environment."""
    rows = conn.execute(
        _SELECT.where(
            clients.c.application_id == application_id, clients.c.environment == environment
        )
    )
    return _one(conn, rows.mappings().one_or_none())


def of_application(conn: Connection, application_id: int) -> Sequence[Client]:
    """Return an application's clients, production first."""
    rows = conn.execute(
        _SELECT.where(clients.c.application_id == application_id).order_by(clients.c.environment)
    )
    return [_record(conn, row) for row in rows.mappings().all()]


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


def _one(conn: Connection, row: RowMapping | None) -> Client | None:
    return None if row is None else _record(conn, row)


def _record(conn: Connection, row: RowMapping) -> Client:
    values = dict(row)
    states = {values.pop("application_state"), values.pop("owner_state")}
    secrets = conn.execute(_SECRETS, {"row_id": values["id"]}).mappings()
    values["secrets"] = tuple(ClientSecret(**secret) for secret in secrets)
    values["grant_types"] = _grant_types(tuple(values["grant_types"]))
    for name in _URI_LISTS:
        values[name] = tuple(values[name])
    return Client(**values, active=states == {"active"})


@cache
def _grant_types(names: tuple[str, ...]) -> frozenset[str]:
    """Return one set for all clients that have the same: caches hold tens of thousands of them."""
    return frozenset(names)
