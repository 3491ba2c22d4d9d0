"""What every endpoint of the authorization server is made with."""

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Self

import msgspec

from gatelodge.authserver.client_keys import ClientKeySource
from gatelodge.authserver.guesses import Guesses
from gatelodge.authserver.repeats import Repeats
from gatelodge.identity.users import User
from gatelodge.oauth import digests
from gatelodge.oauth.client_assertion import Spending
from gatelodge.oauth.jose import KeyRing
from gatelodge.settings import Secrets
from gatelodge.storage.engine import Store
from gatelodge.storage.live import Live
from gatelodge.web.clock import Clock

SignInUser = Callable[[str, str, int], Awaitable[User]]
"""Signs a user in by login name, password and the time; raises ``SignInRefused``, ``PoolFull``."""


SpendAssertion = Callable[[Spending], Awaitable[bool]]
"""Spends a client assertion: ``True`` for one request on all nodes, once that is safely stored."""


class DigestKeys(msgspec.Struct, frozen=True, kw_only=True):
    """The installation's keys for digests, one per purpose of ``oauth.digests``."""

    consumer_secret: bytes
    code: bytes
    device_code: bytes
    user_code: bytes
    refresh_token: bytes
    access_token: bytes
    refresh_successor: bytes
    access_successor: bytes
    session: bytes

    @classmethod
    def of(cls, secrets: Secrets) -> Self:
        """Derive them."""
        return cls(
            consumer_secret=secrets.derive(digests.CONSUMER_SECRET),
            code=secrets.derive(digests.CODE),
            device_code=secrets.derive(digests.DEVICE_CODE),
            user_code=secrets.derive(digests.USER_CODE),
            refresh_token=secrets.derive(digests.REFRESH_TOKEN),
            access_token=secrets.derive(digests.ACCESS_TOKEN),
            refresh_successor=secrets.derive(digests.REFRESH_SUCCESSOR),
            access_successor=secrets.derive(digests.ACCESS_SUCCESSOR),
            session=secrets.derive(digests.SESSION),
        )

    def __repr__(self) -> str:
        """Show nothing of the keys."""
        return "DigestKeys(...)"


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """The parts endpoints share; ``signing_keys`` returns the ring as it is now.

    ``note_secret`` takes down which secret was used when, and costs the request nothing.
    ``longest_access_token`` caps the lifetimes that keys ask for, in seconds. ``issued`` counts the
    token endpoint's answers by grant type.
    """

    issuer: str
    tenant: str
    store: Store
    live: Live
    signing_keys: Callable[[], KeyRing]
    digest_keys: DigestKeys
    client_keys: ClientKeySource
    spend_assertion: SpendAssertion
    note_secret: Callable[[int, int], None]
    longest_access_token: int
    clock: Clock
    guesses: Guesses = msgspec.field(default_factory=Guesses)
    repeats: Repeats = msgspec.field(default_factory=Repeats)
    issued: Counter[str] = msgspec.field(default_factory=Counter)
