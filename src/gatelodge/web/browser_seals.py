"""What a browser holds between two requests and no other browser can use: sealed, spent once.

The browser's own cookie is part of the key. Nothing is stored for visitors: what may count once is
remembered from its use until it would have expired anyway.
"""

from starlette.requests import Request

from gatelodge.oauth import digests
from gatelodge.settings import Secrets
from gatelodge.storage import spent
from gatelodge.storage.engine import Store
from gatelodge.web import sealing
from gatelodge.web.clock import Clock
from gatelodge.web.csrf import Csrf
from gatelodge.web.sealing import V


class BrowserSeals:
    """Seals and opens values for one browser, and spends them."""

    def __init__(self, store: Store, secrets: Secrets, csrf: Csrf, clock: Clock) -> None:
        self._store = store
        self._secrets = secrets
        self._key = secrets.derive("browser-seals")
        self._csrf = csrf
        self._clock = clock

    def seal(self, request: Request, purpose: str, value: V, until: int) -> str:
        """Return ``value`` as text that opens in the browser that sent this request."""
        return sealing.seal(self._secrets, self._bound(request, purpose), value, until)

    def unseal(self, request: Request, purpose: str, text: str, kind: type[V]) -> V:
        """Return what was sealed. Raises ``BadSeal``, in another browser as well."""
        bound = self._bound(request, purpose)
        return sealing.unseal(self._secrets, bound, text, kind, self._clock())

    async def spend(self, nonce: bytes, until: int) -> bool:
        """Spend a sealed value by its random nonce; true for exactly one of all who try."""
        return await self._store.write(spent.spend, digests.digest(self._key, nonce), until)

    def _bound(self, request: Request, purpose: str) -> str:
        return f"{purpose}:{self._csrf.browser(request)}"
