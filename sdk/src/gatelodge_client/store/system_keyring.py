"""Keeps tokens in the operating system's keyring; the locks are files, keyrings have none."""

import contextlib
import secrets
from pathlib import Path
from typing import Protocol

from gatelodge_client.errors import StoreFailed
from gatelodge_client.store.files import locked_by
from gatelodge_client.store.places import Lock, default_folder

SERVICE = "gatelodge"


class Backend(Protocol):
    """What the library `keyring` offers, as a module and as each of its backends."""

    def get_password(self, service: str, username: str, /) -> str | None:
        """Return a kept text."""

    def set_password(self, service: str, username: str, password: str, /) -> None:
        """Keep a text."""

    def delete_password(self, service: str, username: str, /) -> None:
        """Forget a text."""


class KeyringStore:
    """Keeps tokens in the keyring under the service name `gatelodge`."""

    kind = "keyring"

    def __init__(self, backend: Backend, folder: Path | None = None) -> None:
        self._backend = backend
        self._folder = folder or default_folder() / "locks"

    @property
    def where(self) -> str:
        """The keyring's own name."""
        return f"keyring ({getattr(self._backend, 'name', type(self._backend).__name__)})"

    def load(self, key: str) -> bytes | None:
        """Return what was saved last."""
        try:
            text = self._backend.get_password(SERVICE, key)
        except Exception as error:
            raise self._failed("read", error) from error
        return None if text is None else text.encode()

    def save(self, key: str, content: bytes) -> None:
        """Keep ``content``, which is text."""
        try:
            self._backend.set_password(SERVICE, key, content.decode())
        except Exception as error:
            raise self._failed("write", error) from error

    def delete(self, key: str) -> None:
        """Forget; backends differ in what they raise when nothing is there."""
        if self.load(key) is None:
            return
        try:
            self._backend.delete_password(SERVICE, key)
        except Exception as error:
            raise self._failed("clear", error) from error

    def lock(self, key: str) -> Lock:
        """Return the key's lock, shared by all processes of this user."""
        return locked_by(self._folder, key)

    def probe(self) -> None:
        """Write, read and delete a text; raises ``StoreFailed`` unless the keyring keeps it."""
        key, text = f"probe-{secrets.token_hex(8)}", secrets.token_hex(8).encode()
        self.save(key, text)
        try:
            kept = self.load(key)
        finally:
            with contextlib.suppress(StoreFailed):
                self.delete(key)
        if kept != text:
            raise StoreFailed("The keyring forgets what it is given")

    @staticmethod
    def _failed(verb: str, error: Exception) -> StoreFailed:
        # Only the kind of error: some backends put what they were given into the text.
        return StoreFailed(
            f"The keyring cannot {verb}: {type(error).__name__}",
            hint="Unlock it, or keep tokens in a file: open_store('file').",
        )
