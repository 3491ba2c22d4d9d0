"""Keeps tokens in files only their owner can read, replaced whole.

Each key has a file of its own and a lock beside it. A write goes to a new file that takes the old
one's name once it is on the disk, so a reader sees the old or the new content, also after a crash.
"""

import contextlib
import os
import stat
import tempfile
from pathlib import Path

import filelock

from gatelodge_client.errors import StoreFailed
from gatelodge_client.store.places import Lock, default_folder

_PRIVATE_FOLDER = 0o700
_PRIVATE_FILE = 0o600
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class _FileLock:
    """Excludes threads and processes alike: each holder opens the lock file anew."""

    def __init__(self, path: Path) -> None:
        # Not tied to a thread: an async flow may continue in another one.
        self._lock = filelock.FileLock(path, thread_local=False, mode=_PRIVATE_FILE)

    def try_acquire(self) -> bool:
        try:
            self._lock.acquire(blocking=False)
        except filelock.Timeout:
            return False
        except OSError as error:
            raise StoreFailed(f"Cannot lock {self._lock.lock_file}: {error.strerror}") from error
        return True

    def release(self) -> None:
        self._lock.release()


def locked_by(folder: Path, key: str) -> Lock:
    """Return the lock of a key whose files are in ``folder``."""
    make_private(folder)
    return _FileLock(folder / f"{key}.lock")


def make_private(folder: Path) -> None:
    """Make a directory only its owner can enter."""
    try:
        folder.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreFailed(f"Cannot make {folder}: {error.strerror}") from error


class FileStore:
    """Keeps tokens unencrypted in ``folder``, one file with mode 0600 for each key."""

    kind = "file"

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or default_folder() / "tokens"

    @property
    def where(self) -> str:
        """The directory."""
        return str(self._folder)

    def load(self, key: str) -> bytes | None:
        """Return what was saved last; a file that others can read is refused."""
        path = self._path(key)
        try:
            with path.open("rb") as file:
                self._check(path, os.fstat(file.fileno()).st_mode)
                return file.read()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreFailed(f"Cannot read {path}: {error.strerror}") from error

    def save(self, key: str, content: bytes) -> None:
        """Keep ``content`` under the key's name, whole or not at all."""
        make_private(self._folder)
        path = self._path(key)
        try:
            replace(path, content)
        except OSError as error:
            raise StoreFailed(f"Cannot write {path}: {error.strerror}") from error

    def delete(self, key: str) -> None:
        """Remove the key's file."""
        try:
            self._path(key).unlink(missing_ok=True)
        except OSError as error:
            raise StoreFailed(f"Cannot remove {self._path(key)}: {error.strerror}") from error

    def lock(self, key: str) -> Lock:
        """Return the key's lock, shared with every process that uses this directory."""
        return locked_by(self._folder, key)

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.json"

    @staticmethod
    def _check(path: Path, mode: int) -> None:
        if os.name == "posix" and mode & _OTHERS:
            raise StoreFailed(
                f"{path} can be read by others",
                hint=f"Sign out and in again, or: chmod 600 {path}",
            )


def replace(path: Path, content: bytes) -> None:
    """Write a private file beside ``path`` (mkstemp: mode 0600) and give it that name."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
