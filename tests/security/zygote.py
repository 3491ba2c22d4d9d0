"""Forks servers from a process that has imported the program once: a start costs little.

Run as a program it obeys lines on its standard input. ``["serve", ...]`` forks a process that does
what ``gatelodge`` does with these arguments, ``"kill"`` ends it as a power cut would, ``"end"``
ends both. What the servers print comes out of its standard output, and ``killed`` after a kill.
"""

import gc
import importlib
import json
import os
import signal
import sys

from typer.main import get_command

from gatelodge.cli.main import app

LATE = (
    "psycopg",
    "pydantic.fields",
    "pydantic.type_adapter",
    "rich._emoji_codes",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlite3",
    "stringprep",
    "typer._adapters",
    "uvicorn.lifespan.on",
    "zoneinfo",
)
"""What a server imports only while it starts."""


def obey() -> None:
    """Do what the lines say."""
    for name in LATE:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    child = 0
    for line in sys.stdin:
        said = json.loads(line)
        if said == "kill":
            child = _killed(child)
        elif said == "end":
            break
        else:
            child = _forked(said)
    _killed(child)


def _forked(arguments: list[str]) -> int:
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(1, 2)
        _COMMAND(arguments)
        os._exit(0)
    return child


def _killed(child: int) -> int:
    if child:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    sys.stdout.write("killed\n")
    sys.stdout.flush()
    return 0


_COMMAND = get_command(app)

if __name__ == "__main__":
    obey()
