"""Where tokens are kept between calls: the system's keyring, a private file, or memory.

Owns reading, writing and locking by key; what a record means is ``session``'s. ``open_store``
picks the best place that works and says so, before anybody signs in.
"""

from gatelodge_client.store.choosing import Preference, open_store
from gatelodge_client.store.files import FileStore
from gatelodge_client.store.memory import MemoryStore
from gatelodge_client.store.places import Lock, Store, default_folder
from gatelodge_client.store.system_keyring import KeyringStore

__all__ = [
    "FileStore",
    "KeyringStore",
    "Lock",
    "MemoryStore",
    "Preference",
    "Store",
    "default_folder",
    "open_store",
]
