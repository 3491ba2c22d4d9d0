"""What the command says of itself, and that its table of exit codes is the one in use."""

import inspect
from pathlib import Path

import pytest
import typer.main

from gatelodge_client import errors
from gatelodge_client.cli import exits, screen
from gatelodge_client.cli.main import app
from gatelodge_client.errors import GatelodgeError
from tests.lodge.terminal import Person

GOLDEN = Path(__file__).with_name("help.txt")


def test_the_first_page(stranger: Person) -> None:
    """The help at 80 columns is what was looked at; write it anew after a change meant."""
    shown = stranger.lodge("--help", NO_COLOR="1", TERM="dumb")
    lines = [line.rstrip() for line in shown.out.splitlines()]
    assert "\n".join(lines).strip("\n") == GOLDEN.read_text(encoding="utf-8").strip("\n")
    assert max(map(len, lines)) <= 80


def test_every_command_has_help() -> None:
    """Each command and each of its options says what it is."""
    silent = []
    waiting = [("lodge", typer.main.get_command(app))]
    while waiting:
        name, command = waiting.pop()
        below = getattr(command, "commands", {})
        waiting += [(f"{name} {word}", inner) for word, inner in below.items()]
        silent += [name] if not command.help else []
        silent += [f"{name} {one.name}" for one in command.params if not getattr(one, "help", "")]
    assert not silent


def test_every_error_has_an_exit_code() -> None:
    """Each error the library raises ends with a documented code, and never with a made-up one."""
    kinds = [
        kind
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, GatelodgeError)
    ]
    codes = {kind: exits.code_of(kind("message")) for kind in kinds}
    assert set(codes.values()) <= exits.MEANINGS.keys()
    assert codes[errors.BadTokenAnswer] == exits.UNREACHABLE
    assert codes[errors.NotSubscribed] == exits.FORBIDDEN
    assert codes[errors.Throttled] == exits.THROTTLED
    assert codes[GatelodgeError] == exits.FAILED


def test_control_characters_stay_out_of_the_terminal() -> None:
    """What a server sends cannot move the cursor, in a table, in lines or in JSON."""
    evil = "a\x1b[2Jb\x9bc\u202e"
    assert screen.cell(evil) == "a\ufffd[2Jb\ufffdc\ufffd"
    assert not {"\x1b", "\x9b", "\u202e"} & set(screen.json_text({"name": evil}))


def test_its_own_faults_are_no_traceback(stranger: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake in the command is said in a line; the variable shows all of it."""

    def broken() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("gatelodge_client.cli.chosen.profiles", broken)
    said = stranger.lodge("profile", "list")
    assert (said.code, "Traceback" in said.err) == (1, False)
    assert "ZeroDivisionError" in said.err
    assert "Traceback" in stranger.lodge("profile", "list", LODGE_DEBUG="1").err


def test_completion(stranger: Person) -> None:
    """Shells are told which commands there are."""
    asked = {"_LODGE_COMPLETE": "complete_bash", "COMP_WORDS": "lodge ext", "COMP_CWORD": "1"}
    assert stranger.lodge(**asked).out.split() == ["extensions"]


def test_profiles(stranger: Person) -> None:
    """Added, listed, chosen by name, option or variable, removed; addresses are checked."""
    base = ("--base-url", "http://localhost:1", "--client-id", "key", "--public")
    for name in ("one", "two"):
        assert stranger.lodge("profile", "add", name, *base).code == 0
    assert stranger.lodge("profile", "use", "one").code == 0
    assert "*\tone\t" in stranger.lodge("profile", "list").out
    assert "profile\tone\n" in stranger.lodge("status").out
    assert "profile\ttwo\n" in stranger.lodge("--profile", "two", "status").out
    assert "profile\ttwo\n" in stranger.lodge("status", LODGE_PROFILE="two").out
    assert stranger.lodge("profile", "remove", "one").code == 0
    assert stranger.lodge("profile", "use", "one").code == 2
    plain = stranger.lodge("profile", "add", "x", "--base-url", "http://api.example.com")
    assert plain.code == 2
    assert "https" in plain.err
    secret = ("--base-url", "http://localhost:1", "--client-id", "key")
    assert "LODGE_CLIENT_SECRET" in stranger.lodge("profile", "add", "x", *secret).err


def test_nobody_answers(stranger: Person) -> None:
    """Exit code 7, and what to check."""
    base = ("--base-url", "http://localhost:1", "--client-id", "key", "--public")
    stranger.lodge("profile", "add", "away", *base)
    done = stranger.lodge("login", "--user", "jsmith", "--password-stdin", stdin="x")
    assert (done.code, done.out) == (7, "")
    assert "Check the address" in done.err
