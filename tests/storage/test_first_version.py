"""A database of the first version, with a row in every table, comes through every migration."""

from typing import Any

import pytest
from sqlalchemy import JSON, Boolean, Column, LargeBinary, String, Text, insert, text
from sqlalchemy.engine import Connection, Engine

from gatelodge.storage import migrate
from gatelodge.storage.connections import parse, writer_engine
from gatelodge.storage.schema import metadata
from tests.storage.test_migrate import differences

# SQLite's reflection does not see indexes on expressions; PostgreSQL's run compares those.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Skipped unsupported reflection"),
    pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based"),
]

FIRST = {
    "access_tokens": "id digest family_id client_row user_id scope issued_at expires_at",
    "accounts": "id name status address",
    "apis": "id name version context description state default_version production_upstream "
    "sandbox_upstream plans operations scopes document created_at",
    "applications": "id owner_id name name_folded description quota state created_at updated_at",
    "audit": "id at actor_kind actor_id actor_name address act object_kind object_id detail",
    "changes": "id kind ref stamp until",
    "client_secrets": "id client_row digest tail created_at expires_at",
    "clients": "id client_id application_id environment type grant_types redirect_uris "
    "require_pkce access_token_format access_token_algorithm code_lifetime access_token_lifetime "
    "refresh_token_lifetime created_at",
    "codes": "id digest client_row user_id family_id redirect_uri redirect_uri_sent scope "
    "code_challenge nonce auth_time amr session_id issued_at expires_at spent_at",
    "consents": "id user_id client_row scopes created_at updated_at",
    "developers": "id email name roles state password_hash created_at",
    "extension_numbers": "phone_number extension_id",
    "extensions": "id account_id external_id extension_number location_id user_id caller_id "
    "block_caller_id dnd_enabled vtt_enabled service_type_name dids handsets",
    "flashes": "id session_id sealed expires_at",
    "invites": "id digest developer_id created_at expires_at spent_at",
    "locations": "id account_id name address",
    "nodes": "id started_at",
    "plans": "name position calls period description",
    "refresh_tokens": "id digest family_id client_row user_id scope auth_time amr issued_at "
    "expires_at rotated_at successor_id",
    "sessions": "id digest kind subject_id auth_time amr created_at seen_at expires_at address "
    "user_agent",
    "sign_in_failures": "digest failures last_at locked_until",
    "signing_keys": "id kid algorithm sealed state created_at",
    "subscriptions": "id application_id api_id plan state created_at",
    "usage": "hour application_id api_id environment status calls",
    "users": "id account_id login_name email first_name last_name contact_numbers role state "
    "password_hash",
}
"""The tables and columns of the first version; nothing is ever added here."""

ROW = 1


def value(column: Column[Any]) -> object:
    """Return something a column may hold; every reference leads to the one row there is."""
    if isinstance(column.type, JSON):
        return ["x"]
    if isinstance(column.type, Boolean):
        return True
    if isinstance(column.type, LargeBinary):
        return b"x"
    return "x" if isinstance(column.type, String | Text) else ROW


def go_back(conn: Connection) -> None:
    """Make of the newest schema the first one: take away what came since, and stamp it."""
    for table in reversed(metadata.sorted_tables):
        if table.name not in FIRST:
            conn.execute(text(f'DROP TABLE "{table.name}"'))
            continue
        for column in table.columns:
            if column.name not in FIRST[table.name].split():
                for index in table.indexes:
                    if column.name in index.columns:
                        index.drop(conn, checkfirst=True)
                conn.execute(text(f'ALTER TABLE "{table.name}" DROP COLUMN "{column.name}"'))
    conn.execute(text("UPDATE alembic_version SET version_num = '0001'"))


def fill(conn: Connection) -> None:
    """Put one row into every table."""
    for table in metadata.sorted_tables:
        if table.name in FIRST:
            names = FIRST[table.name].split()
            conn.execute(insert(table).values({name: value(table.c[name]) for name in names}))


def rows(conn: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Return everything in the columns of the first version, by table."""
    found = {}
    for name, columns in FIRST.items():
        quoted = ", ".join(f'"{column}"' for column in columns.split())
        selected = conn.execute(text(f'SELECT {quoted} FROM "{name}"'))  # noqa: S608 - our names
        found[name] = [tuple(row) for row in selected]
    return found


def test_no_row_is_lost_on_the_way_from_the_first_version(database_url: str) -> None:
    """Each row is there afterwards as it was: a table that is remade takes no child with it."""
    engine: Engine = writer_engine(parse(database_url))
    migrate.upgrade(engine)
    with engine.begin() as conn:
        go_back(conn)
        fill(conn)
        before = rows(conn)
    migrate.upgrade(engine)

    assert differences(engine) == []
    with engine.begin() as conn:
        assert rows(conn) == before
    assert {len(found) for found in before.values()} == {1}
    engine.dispose()
