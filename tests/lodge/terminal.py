"""Runs ``lodge``: here, as a process with pipes, or as one at a pseudo-terminal."""

import contextlib
import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping
from pathlib import Path
from unittest import mock

import msgspec
import pytest

from gatelodge_client.cli.entry import main

PROGRAM = str(Path(sys.executable).parent / "lodge")
_STYLE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
SECONDS = 60


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """What a process printed, and its exit code."""

    code: int
    out: str
    err: str = ""


class Person:
    """Somebody with settings of their own in ``home`` and no keyring."""

    def __init__(self, home: Path) -> None:
        self.home = home
        kept = {k: v for k, v in os.environ.items() if k not in {"FORCE_COLOR", "NO_COLOR"}}
        self.environment: Mapping[str, str] = {
            **kept,
            "COLUMNS": "80",
            "GATELODGE_HOME": str(home),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        }

    def lodge(self, *arguments: str, stdin: str = "", **environment: str) -> Ended:
        """Run a command with pipes, as a script does, without the cost of a process."""
        given = io.TextIOWrapper(io.BytesIO(stdin.encode()))
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in "12")
        with (
            mock.patch.dict(os.environ, {**self.environment, **environment}, clear=True),
            mock.patch.multiple(sys, argv=["lodge", *arguments], stdin=given),
            mock.patch.multiple(sys, stdout=out, stderr=err),
            # A keyring that another test of this process has looked up would stay.
            mock.patch("keyring.core._keyring_backend", None),
            pytest.raises(SystemExit) as ended,
        ):
            main()
        return Ended(code=int(ended.value.code or 0), out=_written(out), err=_written(err))

    def process(self, *arguments: str, stdin: str = "") -> Ended:
        """Run the installed program with pipes."""
        done = subprocess.run(
            [PROGRAM, *arguments],
            check=False,
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            env=self.environment,
            timeout=SECONDS,
        )
        return Ended(code=done.returncode, out=done.stdout, err=done.stderr)

    def watched(
        self, *arguments: str, width: int = 80, typed: str = "", **environment: str
    ) -> Ended:
        """Run a command at a terminal of ``width`` columns; ``typed`` answers its first question.

        What it shows comes without styles, answers and messages as one text.
        """
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
        wanted = {**self.environment, "TERM": "xterm-256color", **environment}
        del wanted["COLUMNS"]
        with subprocess.Popen(
            [PROGRAM, *arguments], stdin=theirs, stdout=theirs, stderr=theirs, env=wanted
        ) as process:
            os.close(theirs)
            shown = _shown(ours, typed)
        os.close(ours)
        return Ended(code=process.returncode, out=_STYLE.sub("", shown).replace("\r\n", "\n"))


def _written(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()


def _shown(terminal: int, typed: str) -> str:
    """Read until the other side closes; type once a line that ends with a colon is shown."""
    seen = b""
    # Linux ends a terminal that nobody holds any more with EIO.
    with contextlib.suppress(OSError):
        while piece := os.read(terminal, 65536):
            seen += piece
            if typed and seen.rstrip().endswith(b":"):
                os.write(terminal, typed.encode() + b"\n")
                typed = ""
    return seen.decode()
