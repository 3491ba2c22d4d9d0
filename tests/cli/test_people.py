"""``gatelodge developers`` and ``gatelodge users``: who is let in, and who is shut out."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest

from gatelodge import settings
from gatelodge.identity.factors import Factors, Person
from gatelodge.identity.letters import Letter
from gatelodge.operations.passwords import PasswordPool
from gatelodge.storage import factors, outbox, users
from gatelodge.storage.engine import Store
from gatelodge.storage.factors import StoredTotp
from tests.cli.installing import Commands, write

ADDRESS = {"address_1": "1 Main", "city": "Town", "country": "US", "postal_code": "07733"}
USER = {
    "id": 7,
    "login_name": "jsmith",
    "email": "john@example.com",
    "first_name": "John",
    "last_name": "Smith",
}
DIRECTORY = {"accounts": [{"id": 1, "name": "Acme", "address": ADDRESS, "users": [USER]}]}


@pytest.fixture
def staffed(commands: Commands) -> Commands:
    """Commands on an installation with one user."""
    name = write("directory.json", json.dumps(DIRECTORY))
    result = commands.run("import", "directory", name)
    assert result.exit_code == 0, result.output
    return commands


def accepts(password: str) -> bool:
    """Say whether the stored password of the user is this one."""
    url = f"sqlite:///{Path('data/gatelodge.db').resolve()}"

    async def check() -> bool:
        store = await Store.open(url)
        pool = PasswordPool(processes=1)
        try:
            user = await store.read(users.find, 7)
            return user is not None and await pool.verify(user.password_hash, password)
        finally:
            pool.close()
            await store.close()

    return asyncio.run(check())


def letters() -> Sequence[Letter]:
    """Return the letters that wait."""

    async def read() -> Sequence[Letter]:
        store = await Store.open(settings.read(None).database)
        try:
            return await store.read(outbox.due, 1 << 40, 9)
        finally:
            await store.close()

    return asyncio.run(read())


def test_a_developer_is_invited(commands: Commands) -> None:
    """The one-time link is printed; a second invitation makes another link."""
    assert "gatelodge developers invite" in commands.run("developers", "list").stdout
    result = commands.run("developers", "invite", "Dev@Example.com")
    assert result.exit_code == 0, result.output
    first = result.stdout.splitlines()[1]
    assert first.startswith("http://localhost:8080/invite/glin_")
    again = commands.json("developers", "invite", "dev@example.com", "--role", "publisher")
    assert again["link"] != first
    assert again["developer"]["roles"] == ["developer", "publisher"]
    (one,) = commands.json("developers", "list")
    assert (one["email"], one["state"]) == ("dev@example.com", "invited")
    assert "password" not in json.dumps(one)
    assert "publisher" in commands.run("developers", "list").stdout


def test_a_developer_is_shut_out(commands: Commands) -> None:
    """A disabled developer can be let in again; an unknown one is exit code 1."""
    commands.json("developers", "invite", "dev@example.com")
    assert commands.run("developers", "disable", "DEV@example.com").stdout == (
        "dev@example.com is disabled.\n"
    )
    assert commands.json("developers", "enable", "dev@example.com")["state"] == "invited"
    unknown = commands.run("developers", "disable", "eve@example.com")
    assert (unknown.exit_code, unknown.stderr) == (1, "There is no such developer.\n")


def test_an_invitation_is_mailed_where_a_mail_server_is_set(
    commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The link is not printed: the letter waits for the running server."""
    monkeypatch.setenv("GATELODGE_SMTP_URL", "smtp://mail.example.com")
    monkeypatch.setenv("GATELODGE_MAIL_FROM", "noreply@example.com")
    result = commands.run("developers", "invite", "dev@example.com")
    assert result.stdout == "Invited dev@example.com. The server mails the link.\n"
    again = commands.json("developers", "invite", "dev@example.com")
    assert (again["mailed"], again["link"]) == (True, None)
    assert [letter.kind for letter in letters()] == ["invite", "invite"]


def test_what_cannot_be_invited(commands: Commands) -> None:
    """A bad address or role is exit code 2."""
    assert commands.run("developers", "invite", "nobody").exit_code == 2
    bad_role = commands.run("developers", "invite", "dev@example.com", "--role", "king")
    assert bad_role.exit_code == 2
    assert "There is no role 'king'" in bad_role.stderr


def test_a_user_gets_a_password(staffed: Commands) -> None:
    """It is asked for twice or read from standard input, and stored as a hash."""
    assert staffed.json("users", "show", "jsmith")["has_password"] is False
    typed = "correct horse walk\ncorrect horse walk\n"
    result = staffed.run("users", "set-password", "JSmith@default", stdin=typed)
    assert result.exit_code == 0, result.output
    assert "correct horse walk" not in result.output
    assert accepts("correct horse walk")
    piped = staffed.run(
        "users",
        "set-password",
        "john@example.com",
        "--stdin",
        "--json",
        stdin="battery staple walk\n",
    )
    assert json.loads(piped.stdout)["has_password"] is True
    assert accepts("battery staple walk")
    assert not accepts("correct horse walk")
    shown = staffed.run("users", "show", "jsmith").stdout
    assert shown == "jsmith (john@example.com), member of account 1\nactive, has a password\n"


def test_a_bad_password_is_refused(staffed: Commands) -> None:
    """Too short, or the user's own name: exit code 2, and nothing is stored."""
    short = staffed.run("users", "set-password", "jsmith", "--stdin", stdin="short\n")
    assert short.exit_code == 2
    assert "at least 15 characters" in short.stderr
    own = staffed.run("users", "set-password", "jsmith", "--stdin", stdin="john@example.com\n")
    assert own.exit_code == 2
    assert staffed.json("users", "show", "jsmith")["has_password"] is False


def test_a_user_is_shut_out(staffed: Commands) -> None:
    """A disabled user can be let in again; an unknown one is exit code 1."""
    assert staffed.run("users", "disable", "jsmith").stdout == "jsmith is disabled.\n"
    assert staffed.json("users", "show", "jsmith")["state"] == "disabled"
    assert staffed.json("users", "enable", "jsmith")["state"] == "active"
    unknown = staffed.run("users", "disable", "nobody")
    assert (unknown.exit_code, unknown.stderr) == (1, "There is no such user.\n")


def test_lost_factors_are_reset(staffed: Commands) -> None:
    """Whatever a person had is gone, and the activity log says so; nobody is reset by mistake."""
    assert staffed.json("users", "reset-factors", "jsmith")["login_name"] == "jsmith"
    url = f"sqlite:///{Path('data/gatelodge.db').resolve()}"
    totp = StoredTotp(sealed=b"sealed", last_step=1, created_at=1)

    async def within(work: Callable[[Store], Awaitable[object]]) -> object:
        store = await Store.open(url)
        try:
            return await work(store)
        finally:
            await store.close()

    person = Person("user", 7)
    asyncio.run(within(lambda store: store.write(factors.add_totp, person, totp)))
    result = staffed.run("users", "reset-factors", "jsmith@default")
    assert "password alone" in result.stdout
    assert asyncio.run(within(lambda store: store.read(factors.of, person))) == Factors()
    assert staffed.run("users", "reset-factors", "nobody").exit_code == 1
    assert staffed.run("developers", "reset-factors", "nobody@example.com").exit_code == 1
