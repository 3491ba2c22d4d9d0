"""The bundled list: what is in it, what made it, and that it costs nothing until it is asked."""

import subprocess
import sys

from gatelodge.demo import credentials
from gatelodge.identity import passwords
from gatelodge.operations.common_passwords import LIST, is_common
from scripts import common_passwords as script


def test_the_list_knows_what_guessers_try() -> None:
    """Words, keyboard walks and their like are in it; what nobody would guess is not."""
    assert all(map(is_common, ("password", "iloveyou", "1qaz2wsx3edc4rfv", "qwertyuiop")))
    assert not any(map(is_common, ("", "three plain words", "zpasswor")))


def test_the_script_made_the_list() -> None:
    """The file and the notice beside it are what the script writes today."""
    assert LIST.read_bytes() == script.packed(script.source())
    assert script.NOTICE.read_text(encoding="utf-8") == script.notice()


def test_the_demos_passwords_are_allowed() -> None:
    """Everybody knows them, yet by their form they could be chosen."""
    names = (credentials.DEVELOPER_EMAIL, credentials.USER_LOGIN, "admin", "Gatelodge")
    for password in (
        credentials.DEVELOPER_PASSWORD,
        credentials.ADMINISTRATOR_PASSWORD,
        credentials.USER_PASSWORD,
    ):
        assert passwords.objection(password, names, is_common) is None


def test_nothing_of_it_is_kept() -> None:
    """A process that has looked a word up holds less than the list afterwards."""
    program = (
        "import tracemalloc; from gatelodge.operations import common_passwords as c\n"
        "c.is_common('warm'); tracemalloc.start(); before = tracemalloc.get_traced_memory()[0]\n"
        "assert c.is_common('password')\n"
        "print(tracemalloc.get_traced_memory()[0] - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert int(done.stdout) < 10_000
