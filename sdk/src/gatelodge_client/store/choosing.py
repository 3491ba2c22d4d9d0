"""Picks the place for tokens before anybody signs in, and says which one it is."""

import contextlib
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Literal, cast

from gatelodge_client.errors import StoreFailed
from gatelodge_client.store.files import FileStore
from gatelodge_client.store.memory import MemoryStore
from gatelodge_client.store.places import Store, default_folder
from gatelodge_client.store.system_keyring import Backend, KeyringStore

Preference = Literal["auto", "keyring", "file", "memory"]
_LOG = logging.getLogger(__name__)


def open_store(
    preference: Preference = "auto",
    *,
    folder: Path | None = None,
    notice: Callable[[str], None] = _LOG.warning,
) -> Store:
    """Return a store that was tried: a keyring if it works, else a private file, else memory.

    Only `auto` falls back, and ``notice`` is told in one line; a store asked for by name works or
    raises ``StoreFailed``. Files are below ``folder``.
    """
    place = folder or default_folder()
    if preference == "memory":
        return MemoryStore()
    if preference == "file":
        return _file(place)
    if preference == "keyring":
        return _keyring(place)
    with contextlib.suppress(StoreFailed):
        return _keyring(place)
    try:
        store = _file(place)
    except StoreFailed as error:
        notice(f"Tokens are kept in memory only: {error.message}")
        return MemoryStore()
    notice(f"No keyring works here: tokens are kept unencrypted in {store.where}, mode 0600")
    return store


def _file(place: Path) -> FileStore:
    store = FileStore(place / "tokens")
    store.save("probe", b"{}")
    store.delete("probe")
    return store


def _keyring(place: Path) -> KeyringStore:
    try:
        import keyring  # noqa: PLC0415 - an optional part, and slow to import
    except ImportError as error:
        raise StoreFailed(
            "The library keyring is not installed", hint="pip install 'gatelodge-client[keyring]'"
        ) from error
    store = KeyringStore(cast("Backend", keyring.get_keyring()), place / "locks")
    store.probe()
    return store
