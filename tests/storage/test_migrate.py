"""An empty database and a migrated one end with the same schema."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from gatelodge.storage import changes, clients, migrate, revocations
from gatelodge.storage.connections import parse, writer_engine
from gatelodge.storage.errors import SchemaMismatch
from gatelodge.storage.schema import metadata
from tests.authserver.conftest import add_client, fill
from tests.oauth.records import client

# SQLite's reflection does not see indexes on expressions; PostgreSQL's run compares those.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Skipped unsupported reflection"),
    pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based"),
]


@pytest.fixture
def engine(database_url: str) -> Engine:
    """An engine on an empty database."""
    return writer_engine(parse(database_url))


def differences(engine: Engine) -> list[object]:
    """Return what Alembic would still have to change."""
    with engine.begin() as conn:
        return list(compare_metadata(MigrationContext.configure(conn), metadata))


def test_an_empty_database_gets_the_schema(engine: Engine) -> None:
    """The short way for an empty database makes exactly the declared tables."""
    migrate.upgrade(engine)

    assert differences(engine) == []
    engine.dispose()


def test_the_migrations_lead_to_the_same_schema(engine: Engine) -> None:
    """Walking the whole history makes exactly the declared tables, and stamps the head."""
    with engine.begin() as conn:
        conn.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)"))
    migrate.upgrade(engine)

    assert differences(engine) == []
    migrate.upgrade(engine)
    engine.dispose()


def test_a_key_of_the_first_schema_learns_since_when(engine: Engine) -> None:
    """A signing key stored before states had a time has been in its state since it was made."""
    migrate.upgrade(engine)
    with engine.begin() as conn:
        conn.execute(text("ALTER TABLE signing_keys DROP COLUMN since"))
        conn.execute(text("UPDATE alembic_version SET version_num = '0001'"))
        conn.execute(
            text("INSERT INTO signing_keys VALUES (1, 'kid', 'ES256', :sealed, 'active', 17)"),
            {"sealed": b"sealed"},
        )
    migrate.upgrade(engine)

    assert differences(engine) == []
    with engine.begin() as conn:
        assert conn.execute(text("SELECT since FROM signing_keys")).scalar() == 17
    engine.dispose()


def test_a_revocation_of_the_fifth_schema_stays(engine: Engine) -> None:
    """The change log of before goes on: its rows name no client."""
    migrate.upgrade(engine)
    with engine.begin() as conn:
        revocations.revoke_user(conn, 7, 50, 60)
        conn.execute(text("ALTER TABLE changes DROP COLUMN client_row"))
        conn.execute(text("UPDATE alembic_version SET version_num = '0005'"))
    migrate.upgrade(engine)

    assert differences(engine) == []
    with engine.begin() as conn:
        assert [(row.ref, row.client_row) for row in changes.standing(conn, 1)] == [(7, 0)]
    engine.dispose()


def test_a_consumer_key_of_the_second_schema_signs_id_tokens_as_before(engine: Engine) -> None:
    """It has RS256, and keeps its secrets."""
    migrate.upgrade(engine)
    with engine.begin() as conn:
        fill(conn)
        add_client(conn, client())
        conn.execute(text("ALTER TABLE clients DROP COLUMN id_token_algorithm"))
        conn.execute(text("UPDATE alembic_version SET version_num = '0002'"))
    migrate.upgrade(engine)

    assert differences(engine) == []
    with engine.begin() as conn:
        assert conn.execute(text("SELECT id_token_algorithm FROM clients")).scalars().all() == [
            "RS256"
        ]
        assert conn.execute(text("SELECT tail FROM client_secrets")).scalars().all() == ["cret"]
    engine.dispose()


def test_a_newer_database_is_refused(engine: Engine) -> None:
    """A database stamped by a later version is left alone."""
    migrate.upgrade(engine)
    with engine.begin() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(SchemaMismatch, match="9999"):
        migrate.upgrade(engine)
    engine.dispose()


def test_the_program_knows_its_newest_migration() -> None:
    """The constant that spares the import of Alembic names the history's head."""
    directory = ScriptDirectory(str(migrate.MIGRATIONS))

    assert directory.get_heads() == [migrate.HEAD]


def test_a_consumer_key_of_the_ninth_schema_returns_nobody(engine: Engine) -> None:
    """It has no address to return to and none to be told at; refresh tokens name no session."""
    migrate.upgrade(engine)
    with engine.begin() as conn:
        fill(conn)
        add_client(conn, client())
        for table, column in (
            ("clients", "post_logout_redirect_uris"),
            ("clients", "backchannel_logout_uri"),
            ("refresh_tokens", "session_id"),
        ):
            conn.execute(text(f"ALTER TABLE {table} DROP COLUMN {column}"))
        conn.execute(text("DROP TABLE session_clients"))
        conn.execute(text("DROP TABLE logout_deliveries"))
        conn.execute(text("UPDATE alembic_version SET version_num = '0009'"))
    migrate.upgrade(engine)

    assert differences(engine) == []
    with engine.begin() as conn:
        found = clients.find(conn, client().id)
    assert found is not None
    assert (found.post_logout_redirect_uris, found.backchannel_logout_uri) == ((), "")
    engine.dispose()
