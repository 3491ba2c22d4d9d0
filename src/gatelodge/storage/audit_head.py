"""The activity log's head, kept in the data directory, out of reach of who has the database."""

import os
from pathlib import Path

FILE = "audit.head"


def read(data_dir: Path) -> str:
    """Return the head that was kept, empty where none was."""
    try:
        return (data_dir / FILE).read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return ""


def keep(data_dir: Path, head: str) -> None:
    """Keep a head; it is there whole or not at all. Workers share the directory."""
    fresh = data_dir / f"{FILE}.{os.getpid()}"
    fresh.write_text(f"{head}\n", encoding="ascii")
    fresh.replace(data_dir / FILE)


def forget(data_dir: Path) -> None:
    """Keep none: the log that begins now is another one."""
    (data_dir / FILE).unlink(missing_ok=True)
