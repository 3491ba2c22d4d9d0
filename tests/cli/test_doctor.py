"""``gatelodge doctor``: what it finds, and what it says to do."""

import http.server
import json
import sqlite3
import threading
from pathlib import Path
from typing import ClassVar

import pytest

from gatelodge.cli import checks
from gatelodge.oauth.signing_keys import Standing
from gatelodge.settings import Settings
from tests.cli.installing import Commands

NOW = 1_800_000_000


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


class _Answering(http.server.BaseHTTPRequestHandler):
    status: ClassVar[int]

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/health/ready" else 500)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.mark.parametrize(
    ("status", "level", "words"),
    [
        (200, "ok", "is being served, ready"),
        (503, "fail", "not ready"),
        (404, "warn", "does not answer /health/ready"),
    ],
)
def test_a_server_that_runs_is_asked(
    commands: Commands, monkeypatch: pytest.MonkeyPatch, status: int, level: str, words: str
) -> None:
    """Whether somebody listens, whether it is a server of ours, and whether it can do its work."""
    handler = type("Handler", (_Answering,), {"status": status})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        monkeypatch.setenv("GATELODGE_PORT", str(server.server_address[1]))
        found = commands.run("doctor", "--json")
        server.shutdown()
        thread.join()
    (about,) = [each for each in json.loads(found.stdout) if each["check"] == "server"]
    assert about["level"] == level
    assert words in f"{about['says']} {about['advice']}"


def test_settings_that_cannot_be_used(commands: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every problem is a finding, as JSON as well, with exit code 2."""
    monkeypatch.setenv("GATELODGE_PORT", "many")
    monkeypatch.setenv("GATELODGE_VALKEY_URL", "nothing")
    told = commands.run("doctor", "--json")
    found = json.loads(told.stdout)
    assert (told.exit_code, {each["check"] for each in found}) == (2, {"settings"})
    assert len(found) == 2
    assert {each["level"] for each in found} == {"fail"}
    shown = commands.run("doctor")
    assert (shown.exit_code, "settings" in shown.stdout) == (2, True)


@pytest.mark.parametrize(
    ("networks", "level"),
    [
        ("", None),
        ("192.0.2.7, 2001:db8::/64", "ok"),
        ("10.1.0.0/16", "ok"),
        ("10.0.0.0/8", "warn"),
        ("192.0.2.7, 8.0.0.0/8", "fail"),
        ("0.0.0.0/0", "fail"),
        ("::/0", "fail"),
    ],
)
def test_whose_word_is_believed(networks: str, level: str | None) -> None:
    """More than proxies can be is worth a look, or wrong."""
    settings = Settings(trusted_proxies=networks, data_dir=Path())
    assert [each.level for each in checks.trusted(settings)] == ([level] if level else [])


@pytest.mark.parametrize(
    ("policy", "version", "level", "words"),
    [
        ("noeviction", "9.1.2", "ok", "9.1.2"),
        ("noeviction", "7.2.4", "ok", "7.2.4"),
        ("noeviction", "7.0.15", "warn", "7.2 or newer"),
        ("noeviction", "", "warn", "does not tell"),
        ("allkeys-lru", "9.1.2", "warn", "maxmemory-policy"),
        ("", "9.1.2", "warn", "does not tell"),
    ],
)
def test_what_a_valkey_is(policy: str, version: str, level: str, words: str) -> None:
    """Its version and its policy count."""
    found = checks.kept(policy, version)
    assert found.level == level
    assert words in f"{found.says} {found.advice}"


DAY = 86_400


@pytest.mark.parametrize(
    ("since", "level", "words"),
    [
        (NOW, "ok", "ES256 signs until 2027-01-25"),
        (NOW - 11 * DAY, "ok", "until 2027-01-14"),
        (NOW - 13 * DAY, "warn", "see that one runs"),
    ],
)
def test_how_long_signing_keys_sign(since: int, level: str, words: str) -> None:
    """The first that ends is named; one that nobody has relieved is worth a look."""
    keys = [
        Standing(id=1, algorithm="ES256", state="active", since=since),
        Standing(id=2, algorithm="RS256", state="active", since=NOW),
        Standing(id=3, algorithm="ES256", state="retiring", since=NOW - 90 * DAY),
    ]
    found = checks.signing(keys, NOW, 10 * DAY)
    assert found.level == level
    assert words in f"{found.says} {found.advice}"
    assert checks.signing(keys[2:], NOW, 10 * DAY).level == "warn"
    assert checks.signing([], NOW, 10 * DAY).level == "ok"
