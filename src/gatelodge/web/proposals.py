"""Identities that belong to nobody here yet, on their way through the browser that brought them."""

from urllib.parse import urlencode

import msgspec

from gatelodge.oauth import digests
from gatelodge.oauth.upstream_identity import Identity
from gatelodge.providers import Side
from gatelodge.settings import Secrets
from gatelodge.web import sealing
from gatelodge.web.clock import Clock

LIFETIME = 900
"""How long, in seconds, a person may take to prove which account is theirs."""

_PLACES: dict[Side, str] = {"developer": "/login/link", "user": "/signin/link"}


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """Who came from which provider at ``at`` (seconds since the epoch), and where it goes on.

    Only the browser it was made in can use it: nobody is led to link somebody else's account.
    """

    provider: str
    identity: Identity
    browser: bytes
    back: str
    at: int


class Proposals:
    """Seals and opens the proposals of one side."""

    def __init__(self, side: Side, secrets: Secrets, clock: Clock) -> None:
        self._place = _PLACES[side]
        self._purpose = f"upstream-proposal:{side}"
        self._secrets = secrets
        self._clock = clock

    def address(self, proposal: Proposal) -> str:
        """Return the page where a person proves who they are here."""
        until = proposal.at + LIFETIME
        text = sealing.seal(self._secrets, self._purpose, proposal, until)
        return f"{self._place}?{urlencode({'proposal': text})}"

    def open(self, text: str, browser: bytes) -> Proposal:
        """Return what was sealed in this browser. Raises ``BadSeal``."""
        now = self._clock()
        found = sealing.unseal(self._secrets, self._purpose, text, Proposal, now)
        if not digests.same(found.browser, browser):
            raise sealing.BadSeal
        return found
