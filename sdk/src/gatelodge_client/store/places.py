"""What every store can do, and the directory that private files are in."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol


class Lock(Protocol):
    """Held by one thread of one process at a time."""

    def try_acquire(self) -> bool:
        """Take the lock if it is free; never waits."""

    def release(self) -> None:
        """Let go."""


class Store(Protocol):
    """Keeps bytes by key; a write is whole or not there at all."""

    @property
    def kind(self) -> str:
        """One word for status displays: keyring, file, memory."""

    @property
    def where(self) -> str:
        """The place, for people."""

    def load(self, key: str) -> bytes | None:
        """Return what was saved last, None if nothing was."""

    def save(self, key: str, content: bytes) -> None:
        """Keep ``content``; raises ``StoreFailed``."""

    def delete(self, key: str) -> None:
        """Forget; no error when nothing is there."""

    def lock(self, key: str) -> Lock:
        """Return the lock that everybody takes before writing ``key``."""


def default_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the user's directory for this program's files; `GATELODGE_HOME` comes first."""
    if environment.get("GATELODGE_HOME"):
        return Path(environment["GATELODGE_HOME"])
    if sys.platform == "win32":
        return Path(environment.get("APPDATA") or Path.home()) / "gatelodge"
    return Path(environment.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "gatelodge"
