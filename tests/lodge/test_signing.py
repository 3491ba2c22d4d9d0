"""Signing in and out, and what is told of it."""

import asyncio
import json
import re
import subprocess

import httpx2

from tests.flows.signing_in import PASSWORD, USER, visit
from tests.interop.peers import walk
from tests.lodge.conftest import add_profile
from tests.lodge.terminal import PROGRAM, Person
from tests.serving import DEMO_SECRET, Server

_ADDRESS = re.compile(r"http://\S+/authorize\S+")


def test_without_a_profile(stranger: Person) -> None:
    """The first command says which one comes before it."""
    done = stranger.lodge("status")
    assert (done.code, done.out) == (2, "")
    assert "There is no profile yet" in done.err
    assert "lodge profile add" in done.err


def test_before_signing_in(newcomer: Person) -> None:
    """Exit code 3, and what to type."""
    done = newcomer.lodge("token")
    assert (done.code, done.out) == (3, "")
    assert "Sign in: lodge login" in done.err
    status = newcomer.lodge("status")
    assert status.code == 3
    assert "signed in\tno" in status.out


def test_a_wrong_password(newcomer: Person) -> None:
    """Refused with advice, for a login of nobody; the password is not repeated."""
    done = newcomer.lodge("login", "--user", "nobody-lodge", "--password-stdin", stdin="not-it")
    assert (done.code, done.out) == (3, "")
    assert "accounts lock" in done.err
    assert "not-it" not in done.err


def test_password_status_token_whoami_and_out(stranger: Person, demo: Server) -> None:
    """A script's day: sign in, see it, use the access token elsewhere, sign out."""
    add_profile(stranger, demo)
    into = stranger.lodge("login", "--user", "jsmith", "--password-stdin", stdin=f"{PASSWORD}\n")
    assert (into.code, into.out) == (0, "")
    status = stranger.lodge("status", "-o", "json")
    told = json.loads(status.out)
    assert (status.code, told["signed in"], told["profile"]) == (0, "yes", "demo")
    assert told["tokens kept in"].startswith("file: ")
    access_token = stranger.lodge("token").out
    assert access_token.count("\n") == 1
    me = stranger.lodge("whoami")
    assert "login\tjsmith\n" in me.out
    assert "account\t571700\n" in me.out
    said = [into.err, status.out, status.err, me.out, me.err]
    assert not [text for text in said if access_token.strip() in text or DEMO_SECRET in text]
    out = stranger.lodge("logout")
    assert out.code == 0
    bearer = {"Authorization": f"Bearer {access_token.strip()}"}
    path = "/t/vbc.prod/provisioning/v1/api/accounts/self"
    assert httpx2.get(demo.base_url + path, headers=bearer).status_code == 401
    assert "Nobody is signed in" in stranger.lodge("logout").err


def test_a_password_typed_at_a_terminal(stranger: Person, demo: Server) -> None:
    """It is asked for and not echoed."""
    add_profile(stranger, demo)
    shown = stranger.watched("login", "--user", "jsmith", typed=PASSWORD)
    assert shown.code == 0, shown.out
    assert "Password of jsmith:" in shown.out
    assert "Signed in at" in shown.out
    assert PASSWORD not in shown.out


def test_without_a_browser(stranger: Person, demo: Server) -> None:
    """The address is printed; a wrong one pasted back is said to be wrong, the right one counts."""
    add_profile(stranger, demo)
    with subprocess.Popen(
        [PROGRAM, "login", "--no-browser"],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=stranger.environment,
        text=True,
        bufsize=1,
    ) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        printed = next(line for line in process.stderr if _ADDRESS.search(line)).strip()
        back = asyncio.run(visit(printed, f"{demo.base_url}/callback-demo"))
        process.stdin.write("http://localhost/elsewhere\n")
        said = next(line for line in process.stderr if "did not end at" in line)
        process.stdin.write(f"{back}\n")
        rest = process.stderr.read()
    assert process.returncode == 0, rest
    assert "Paste the whole address" in said
    assert "Signed in at" in rest


def test_input_that_ends(newcomer: Person) -> None:
    """Without anybody to paste, it ends and names another way."""
    done = newcomer.lodge("login", "--no-browser")
    assert done.code == 2
    assert "lodge login --device" in done.err


def test_on_another_device(stranger: Person, demo: Server) -> None:
    """The code is shown, entered elsewhere, and the sign-in goes on by itself."""
    add_profile(stranger, demo)
    with subprocess.Popen(
        [PROGRAM, "login", "--device"],
        stderr=subprocess.PIPE,
        env=stranger.environment,
        text=True,
    ) as process:
        assert process.stderr is not None
        line = next(iter(process.stderr))
        found = re.search(r"Open (\S+) and enter the code (\S+)", line)
        assert found is not None, line
        walk(found[1], decision="allow", user_code=found[2], username=USER, password=PASSWORD)
        rest = process.stderr.read()
    assert process.returncode == 0, rest


def test_one_way_at_a_time(newcomer: Person) -> None:
    """Two ways to sign in are a mistake, said without asking anybody."""
    done = newcomer.lodge("login", "--device", "--no-browser")
    assert done.code == 2
    assert "Choose one of" in done.err


def test_stored_files_are_private(jsmith: Person) -> None:
    """Nobody else on the machine can read what signing in leaves."""
    files = [path for path in jsmith.home.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if path.stat().st_mode & 0o077]
