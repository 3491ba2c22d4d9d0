"""How a pending request travels: sealed, in addresses and hidden fields of our own pages."""

from urllib.parse import urlencode

import msgspec

from gatelodge.authserver.pending import LIFETIME, Asked, Waiting
from gatelodge.oauth.logout import Leaving
from gatelodge.settings import Secrets
from gatelodge.web import sealing
from gatelodge.web.clock import Clock

_WAITING = "authorization"
_ASKED = "consent"
_LEAVING = "logout"


class _Box(msgspec.Struct, frozen=True):
    waiting: Waiting


class Envelopes:
    """Seals and opens what waits; a seal is good for ``LIFETIME`` seconds from its making."""

    def __init__(self, secrets: Secrets, clock: Clock) -> None:
        self._secrets = secrets
        self._clock = clock

    def seal(self, waiting: Waiting) -> str:
        """Return what waits as text that only we can read and nobody can change."""
        return sealing.seal(self._secrets, _WAITING, _Box(waiting), self._clock() + LIFETIME)

    def waiting(self, text: str) -> Waiting:
        """Return what is sealed in ``text``. Raises ``BadSeal``."""
        return sealing.unseal(self._secrets, _WAITING, text, _Box, self._clock()).waiting

    def asked(self, text: str) -> Asked:
        """Return what a consent page asked. Raises ``BadSeal``."""
        return sealing.unseal(self._secrets, _ASKED, text, Asked, self._clock())

    def sign_in_address(self, waiting: Waiting) -> str:
        """Return the address of the sign-in page for what waits."""
        return f"/signin?{urlencode({'request': self.seal(waiting)})}"

    def leaving(self, text: str) -> Leaving:
        """Return the checked logout request sealed in ``text``. Raises ``BadSeal``."""
        return sealing.unseal(self._secrets, _LEAVING, text, Leaving, self._clock())

    def leaving_address(self, path: str, leaving: Leaving) -> str:
        """Return the address of the page at ``path`` that goes on with a logout request."""
        text = sealing.seal(self._secrets, _LEAVING, leaving, self._clock() + LIFETIME)
        return f"{path}?{urlencode({'request': text})}"

    def consent_address(self, asked: Asked) -> str:
        """Return the address of the consent page for a request and a session."""
        text = sealing.seal(self._secrets, _ASKED, asked, self._clock() + LIFETIME)
        return f"/consent?{urlencode({'request': text})}"
