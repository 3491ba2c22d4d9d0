"""The one end of every sign-in of a user, whatever proved who it is."""

from collections.abc import Sequence
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gatelodge.authserver.flow import Flow, see_other
from gatelodge.authserver.pending import Waiting
from gatelodge.authserver.site import Site
from gatelodge.identity.factors import Person
from gatelodge.identity.users import User


class Finishing:
    """Starts the session of a user whose first factor is proven, and goes on with the request."""

    def __init__(self, site: Site, flow: Flow) -> None:
        self._site = site
        self._flow = flow

    async def finish(
        self, request: Request, pending: Waiting, user: User, amr: Sequence[str]
    ) -> Response:
        """Return the redirect to the next step; ``amr`` says what was proven (RFC 8176).

        Who has a second factor and has not proven it yet is asked for it first.
        """
        steps = self._site.factors.second_steps
        half = await steps.begin(request, Person("user", user.id), amr)
        if half is None:
            return await self.complete(request, pending, user.id, amr)
        values = {"request": self._flow.envelopes.seal(pending), "half": half}
        return see_other(f"/signin/second?{urlencode(values)}")

    async def complete(
        self, request: Request, pending: Waiting, user_id: int, amr: Sequence[str]
    ) -> Response:
        """Start the session: nothing more is to be proven.

        Its cookie goes along with the redirect to the next step.
        """
        response = see_other("")
        session = await self._site.sessions.start(response, request, "user", user_id, amr)
        done = msgspec.structs.replace(pending, signed_in=session.id, switch=False)
        response.headers["location"] = await self._flow.proceed(done, session)
        return response
