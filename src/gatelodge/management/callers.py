"""Who calls: the developer whose personal access token came along, and what it may do."""

from collections.abc import Callable

from gatelodge.oauth.errors import InsufficientScope, InvalidToken, MissingAccessToken
from gatelodge.operations import personal_tokens
from gatelodge.operations.actor import Act, Actor
from gatelodge.operations.personal_tokens import Holder
from gatelodge.storage.engine import Store
from gatelodge.web.clock import Clock
from gatelodge.web.http import Request

_BEARER = "bearer "


class Callers:
    """Knows callers by the digests of their personal access tokens.

    ``note`` is told of each use, ``digest_key`` is as in ``operations.personal_tokens``.
    """

    def __init__(
        self, store: Store, digest_key: bytes, note: Callable[[int, int], None], clock: Clock
    ) -> None:
        self._store = store
        self._digest_key = digest_key
        self._note = note
        self._clock = clock

    async def identify(self, request: Request, scope: str | None) -> Holder:
        """Return who calls, allowed ``scope`` if one is named.

        Raises ``MissingAccessToken``, ``InvalidToken`` and ``InsufficientScope``.
        """
        header = (request.header(b"authorization") or b"").decode("latin-1")
        if not header.lower().startswith(_BEARER):
            raise MissingAccessToken("Send a personal access token in the Authorization header.")
        text, now = header[len(_BEARER) :].strip(), self._clock()
        found = await self._store.read(personal_tokens.holder, self._digest_key, text, now)
        if found is None:
            raise InvalidToken("The personal access token is invalid, expired or revoked.")
        self._note(found.stored.id, now)
        if scope is not None and not found.stored.allows(scope):
            said = f"The personal access token lacks the scope {scope}."
            raise InsufficientScope(said, scope=scope)
        return found

    def act(self, request: Request, holder: Holder) -> Act:
        """Return the start of an act of the caller, now.

        Roles stay out: what is lost with a personal access token is one developer's things.
        """
        actor = Actor(
            kind="developer",
            id=holder.developer.id,
            name=holder.developer.email,
            address=request.address,
            via=holder.stored.name,
        )
        return Act(actor=actor, now=self._clock(), ids=self._store.ids)
