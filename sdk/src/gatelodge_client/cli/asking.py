"""Secrets and addresses from people: typed unseen, or read from standard input."""

import getpass
import select
import sys

from gatelodge_client.cli import screen
from gatelodge_client.errors import SettingsError
from gatelodge_client.secret import Secret


def password_of(user: str, *, is_piped: bool) -> Secret:
    """Return a user's password, typed or from standard input."""
    return secret(f"Password of {user}: ", "--password-stdin", is_piped=is_piped)


def secret(prompt: str, option: str, *, is_piped: bool) -> Secret:
    """Return a secret from the first line of standard input, or typed unseen.

    ``option`` is what to add where nobody can type.
    """
    if is_piped and not sys.stdin.isatty():
        text = sys.stdin.readline().rstrip("\r\n")
    elif sys.stdin.isatty():
        text = getpass.getpass(prompt, stream=sys.stderr)
    else:
        raise SettingsError("Nobody can type a secret here", hint=f"Pipe it in, with {option}.")
    if not text:
        raise SettingsError("The secret is empty")
    return Secret(text)


class Pasted:
    """Takes the address somebody pastes, again when it was not the right one."""

    def __init__(self) -> None:
        self._is_second = False

    def __call__(self) -> str | None:
        """Return a line, None while there is none; raises ``SettingsError`` at the end of input."""
        if self._is_second:
            screen.say("This sign-in did not end at that address. Paste the whole address:")
            self._is_second = False
        if not _has_line():
            return None
        line = sys.stdin.readline()
        if not line:
            raise SettingsError(
                "Standard input ended before the address came",
                hint="Run it at a terminal, or try: lodge login --device",
            )
        self._is_second = bool(line.strip())
        return line.strip() or None


def _has_line() -> bool:
    """Say whether there is a line; of a pipe one is simply waited for."""
    if sys.platform == "win32" or not sys.stdin.isatty():
        return True
    ready, _, _ = select.select([sys.stdin], [], [], 0)
    return bool(ready)
