"""``gatelodge doctor``: what it finds, and what it says to do."""

import json
import socket
import sqlite3
from pathlib import Path

import pytest

from tests.cli.installing import Commands


def levels(commands: Commands) -> dict[str, str]:
    """Return how each thing stands."""
    found = commands.run("doctor", "--json")
    return {each["check"]: each["level"] for each in json.loads(found.stdout)}


def test_an_installation_that_works(commands: Commands, tmp_path: Path) -> None:
    """Nothing is made before the first start; afterwards all is well, and advice is given."""
    first = commands.run("doctor")
    assert (first.exit_code, "made at the first start" in first.stdout) == (0, True)
    assert not (tmp_path / "data").exists()
    commands.run("keys", "rotate")
    shown = commands.run("doctor")
    assert shown.exit_code == 0, shown.output
    assert "Set base_url to the https: address" in shown.stdout
    found = levels(commands)
    assert (found["database"], found["secret"], found["signing keys"]) == ("ok", "ok", "ok")
    assert (found["address"], found["mail"]) == ("warn", "warn")


@pytest.mark.parametrize(
    ("name", "value", "check"),
    [
        ("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/x?connect_timeout=2", "database"),
        ("VALKEY_URL", "valkey://127.0.0.1:9", "valkey"),
        ("SMTP_URL", "smtp+plain://127.0.0.1:9", "mail"),
        ("BASE_URL", "http://login.example.com", "address"),
    ],
)
def test_what_fails_is_named(
    commands: Commands, monkeypatch: pytest.MonkeyPatch, name: str, value: str, check: str
) -> None:
    """Each part that is away or wrong fails by itself, with exit code 1."""
    monkeypatch.setenv("GATELODGE_MAIL_FROM", "a@example.com")
    monkeypatch.setenv(f"GATELODGE_{name}", value)
    assert commands.run("doctor").exit_code == 1
    assert levels(commands)[check] == "fail"


def test_a_secret_that_everybody_may_read(commands: Commands, tmp_path: Path) -> None:
    """It is refused as the server refuses it; another one does not open the signing keys."""
    commands.run("keys", "rotate")
    secret = tmp_path / "data/secret.key"
    secret.chmod(0o644)
    assert levels(commands)["secret"] == "fail"
    secret.chmod(0o600)
    secret.write_text("0" * 64, encoding="utf-8")
    assert levels(commands)["signing keys"] == "fail"


def test_a_secret_that_is_gone_is_not_replaced(commands: Commands, tmp_path: Path) -> None:
    """Beside a database it is missing, and it stays missing."""
    commands.run("keys", "rotate")
    secret = tmp_path / "data/secret.key"
    secret.unlink()
    assert levels(commands)["secret"] == "fail"
    assert not secret.exists()


def test_it_migrates_nothing(commands: Commands, tmp_path: Path) -> None:
    """An older schema is worth a look, and stays as it is."""
    commands.run("keys", "rotate")
    with sqlite3.connect(tmp_path / "data/gatelodge.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '0014'")
    assert levels(commands)["database"] == "warn"
    with sqlite3.connect(tmp_path / "data/gatelodge.db") as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchone() == ("0014",)


def test_a_server_that_runs_is_seen(commands: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    """The port says whether somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        monkeypatch.setenv("GATELODGE_PORT", str(listening.getsockname()[1]))
        assert "is being served" in commands.run("doctor").stdout
