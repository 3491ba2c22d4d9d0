"""``gatelodge migrate``: done, looked at, written down; nothing is changed unasked."""

from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from gatelodge.storage import migrate
from tests.cli.installing import Commands


def before_nodes(url: str) -> None:
    """Take a database back to the schema before nodes had leases."""
    with migrate.opened(url) as engine:
        migrate.upgrade(engine)
        with engine.begin() as conn:
            conn.execute(text("DROP TABLE locks"))
            conn.execute(text("ALTER TABLE nodes DROP COLUMN number"))
            conn.execute(text("ALTER TABLE nodes DROP COLUMN seen_at"))
            conn.execute(text("UPDATE alembic_version SET version_num = '0012'"))


def has_locks(url: str) -> bool:
    """Say whether the newest table is there."""
    with migrate.opened(url) as engine, engine.begin() as conn:
        return inspect(conn).has_table("locks")


@pytest.fixture
def url(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The database that the commands are configured with."""
    monkeypatch.setenv("GATELODGE_DATABASE_URL", database_url)
    return database_url


def test_a_database_is_looked_at_and_migrated(commands: Commands, url: str) -> None:
    """--check and --sql change nothing; the statements are those that migrate."""
    before_nodes(url)
    checked = commands.run("migrate", "--check")
    assert checked.exit_code == 1
    assert checked.stdout == (
        f"The database is at schema 0012; this version has {migrate.HEAD}. Run: gatelodge migrate\n"
    )
    written = commands.run("migrate", "--sql")
    assert written.exit_code == 0
    statements = written.stdout.splitlines()
    assert any(line.startswith("ALTER TABLE nodes ADD COLUMN number") for line in statements)
    assert any(line.startswith("CREATE TABLE locks") for line in statements)
    assert all(line.endswith(";") for line in statements)
    assert not has_locks(url)

    with migrate.opened(url) as engine, engine.begin() as conn:
        for statement in statements:
            conn.exec_driver_sql(statement)
    assert commands.run("migrate", "--check").exit_code == 0

    before_again = commands.run("migrate")
    assert before_again.exit_code == 0
    assert "There is nothing to do." in before_again.stdout


def test_an_empty_database_is_filled(commands: Commands, url: str) -> None:
    """It is called empty, nothing is made by looking, and then everything is made."""
    assert commands.run("migrate", "--check").exit_code == 1
    assert "CREATE TABLE nodes" in commands.run("migrate", "--sql").stdout
    assert not has_locks(url)
    assert f"was empty; it is at {migrate.HEAD} now" in commands.run("migrate").stdout
    assert has_locks(url)


def test_what_cannot_be_migrated_is_said(
    commands: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newer database and one that is away are a sentence and exit code 1."""
    url = f"sqlite:///{tmp_path / 'newer.db'}"
    monkeypatch.setenv("GATELODGE_DATABASE_URL", url)
    commands.run("migrate")
    with migrate.opened(url) as engine, engine.begin() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for option in ((), ("--check",), ("--sql",)):
        result = commands.run("migrate", *option)
        assert (result.exit_code, "9999" in result.stderr) == (1, True)
    monkeypatch.setenv("GATELODGE_DATABASE_URL", "postgresql://lodge:hush@127.0.0.1:1/none")
    result = commands.run("migrate", "--check")
    assert result.exit_code == 1
    assert "is away" in result.stderr
    assert "hush" not in result.stderr
