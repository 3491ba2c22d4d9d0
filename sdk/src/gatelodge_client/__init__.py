"""Client of the Gatelodge and VBC APIs: signs in, keeps access tokens fresh, pages through lists.

Everything a program needs is here; errors are in ``gatelodge_client.errors``, records in
``gatelodge_client.models``. The package logs below its own name and never a secret.
"""

from gatelodge_client import errors, models
from gatelodge_client.bearer import BearerAuth
from gatelodge_client.browser import Browser
from gatelodge_client.client import AsyncClient, Client
from gatelodge_client.connecting import Connecting
from gatelodge_client.device import Device, Prompt
from gatelodge_client.discovery import discovered
from gatelodge_client.errors import GatelodgeError
from gatelodge_client.grants import ClientCredentials, Password
from gatelodge_client.profiles import Profile, Profiles
from gatelodge_client.retrying import Retrying
from gatelodge_client.secret import Secret
from gatelodge_client.session import Session
from gatelodge_client.settings import Settings
from gatelodge_client.store import FileStore, KeyringStore, MemoryStore, Store, open_store
from gatelodge_client.tokens import TokenSet

__all__ = [
    "AsyncClient",
    "BearerAuth",
    "Browser",
    "Client",
    "ClientCredentials",
    "Connecting",
    "Device",
    "FileStore",
    "GatelodgeError",
    "KeyringStore",
    "MemoryStore",
    "Password",
    "Profile",
    "Profiles",
    "Prompt",
    "Retrying",
    "Secret",
    "Session",
    "Settings",
    "Store",
    "TokenSet",
    "discovered",
    "errors",
    "models",
    "open_store",
]
