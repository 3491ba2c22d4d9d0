"""The one end of every sign-in of a developer, whatever proved who it is."""

from collections.abc import Sequence
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from gatelodge.identity.developers import Developer
from gatelodge.identity.factors import Person
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
        """Return the redirect to ``return_to``; ``amr`` says what was proven (RFC 8176).

        Who has a second factor and has not proven it yet is asked for it first.
        """
        steps = self._desk.factors.second_steps
        half = await steps.begin(request, Person("developer", developer.id), amr)
        if half is None:
            return await self.complete(request, developer.id, amr, return_to)
        values = {"return_to": places.local(return_to), "half": half}
        return self._desk.go(f"/login/second?{urlencode(values)}")

    async def complete(
        self, request: Request, developer_id: int, amr: Sequence[str], return_to: str
    ) -> Response:
        """Start the session: nothing more is to be proven."""
        answer = self._desk.go(places.local(return_to))
        await self._desk.sessions.start(answer, request, "developer", developer_id, amr)
        return answer
