"""What the portal's next page shows once: a notice, a consumer secret, a test token."""

import msgspec

from gatelodge.settings import Secrets
from gatelodge.storage.engine import Store
from gatelodge.web import flashes
from gatelodge.web.clock import Clock


class Minted(msgspec.Struct, frozen=True, kw_only=True):
    """A test token with its scope and its end (seconds since the epoch)."""

    access_token: str
    scope: str
    expires_at: int

    def __repr__(self) -> str:
        """Show nothing of the access token."""
        return f"Minted({self.scope})"


class Flash(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown once; the last notice counts."""

    notice: str = ""
    consumer_secret: str | None = None
    test_token: Minted | None = None
    recovery_codes: tuple[str, ...] = ()
    personal_token: str | None = None

    def __repr__(self) -> str:
        """Show nothing of the secrets."""
        return f"Flash({self.notice})"


class Flashes(flashes.Flashes[Flash]):
    """Keeps and takes flashes of developers' sessions."""

    def __init__(self, store: Store, secrets: Secrets, clock: Clock) -> None:
        super().__init__(store, secrets, clock, empty=Flash(), purpose="portal-flash")
