"""What one start of the demo brings along."""

import msgspec

from gatelodge.settings import Secrets
from gatelodge.storage.ids import Ids


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """The server's own address, the time, and the parts a start makes things with.

    ``origin`` is like ``http://localhost:8080``; ``document`` is the Provisioning API's OpenAPI
    document as text, handed in because the demo knows no other surface.
    """

    origin: str
    document: str
    ids: Ids
    secrets: Secrets
    now: int
