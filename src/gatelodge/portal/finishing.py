"""The one end of every sign-in of a developer, whatever proved who it is."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from gatelodge.identity.developers import Developer
from gatelodge.portal import places
from gatelodge.portal.desk import Desk


class Finishing:
    """Starts the session of a developer whose first factor is proven."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def finish(
        self,
        request: Request,
        developer: Developer,
        amr: Sequence[str],
        return_to: str = places.HOME,
    ) -> Response:
        """Return the redirect to ``return_to``; ``amr`` says what was proven (RFC 8176)."""
        answer = self._desk.go(places.local(return_to))
        await self._desk.sessions.start(answer, request, "developer", developer.id, amr)
        return answer
