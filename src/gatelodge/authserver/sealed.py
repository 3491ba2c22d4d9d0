"""How a pending request travels: sealed, in addresses and hidden fields of our own pages."""

from urllib.parse import urlencode

from gatelodge.authserver.pending import LIFETIME, Asked, Pending
from gatelodge.settings import Secrets
from gatelodge.web import sealing
from gatelodge.web.clock import Clock

_PENDING = "authorization"
_ASKED = "consent"


class Envelopes:
    """Seals and opens what waits; a seal is good for ``LIFETIME`` seconds from its making."""

    def __init__(self, secrets: Secrets, clock: Clock) -> None:
        self._secrets = secrets
        self._clock = clock

    def seal(self, pending: Pending) -> str:
        """Return a pending request as text that only we can read and nobody can change."""
        return sealing.seal(self._secrets, _PENDING, pending, self._clock() + LIFETIME)

    def pending(self, text: str) -> Pending:
        """Return the request sealed in ``text``. Raises ``BadSeal``."""
        return sealing.unseal(self._secrets, _PENDING, text, Pending, self._clock())

    def asked(self, text: str) -> Asked:
        """Return what a consent page asked. Raises ``BadSeal``."""
        return sealing.unseal(self._secrets, _ASKED, text, Asked, self._clock())

    def sign_in_address(self, pending: Pending) -> str:
        """Return the address of the sign-in page for a request."""
        return f"/signin?{urlencode({'request': self.seal(pending)})}"

    def consent_address(self, asked: Asked) -> str:
        """Return the address of the consent page for a request and a session."""
        text = sealing.seal(self._secrets, _ASKED, asked, self._clock() + LIFETIME)
        return f"/consent?{urlencode({'request': text})}"
