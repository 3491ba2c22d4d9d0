"""Keeps tokens until the program ends."""

import threading

from gatelodge_client.store.places import Lock


class _Held:
    """A thread lock that may be let go by another thread, as tasks do."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def try_acquire(self) -> bool:
        return self._lock.acquire(blocking=False)

    def release(self) -> None:
        self._lock.release()


class MemoryStore:
    """Keeps tokens in this process; share one object to share what it keeps."""

    kind = "memory"
    where = "memory, until the program ends"

    def __init__(self) -> None:
        self._contents: dict[str, bytes] = {}
        self._locks: dict[str, _Held] = {}

    def load(self, key: str) -> bytes | None:
        """Return what was saved last."""
        return self._contents.get(key)

    def save(self, key: str, content: bytes) -> None:
        """Keep ``content``."""
        self._contents[key] = content

    def delete(self, key: str) -> None:
        """Forget."""
        self._contents.pop(key, None)

    def lock(self, key: str) -> Lock:
        """Return the key's lock."""
        # One step: a defaultdict may make two for two threads, and both would hold theirs.
        return self._locks.setdefault(key, _Held())
