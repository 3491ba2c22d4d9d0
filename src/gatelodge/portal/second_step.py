"""The second step of a developer's sign-in: a code or a passkey of who has proven one factor."""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gatelodge.identity.developers import Developer
from gatelodge.identity.errors import PasskeyRefused, PoolFull, SecondStepRefused
from gatelodge.portal import places
from gatelodge.portal.desk import Desk
from gatelodge.portal.finishing import Finishing
from gatelodge.storage import developers
from gatelodge.two_step.steps import Half
from gatelodge.web.forms import read_form
from gatelodge.web.sealing import BadSeal

PLACE = "/login/second"


class SecondStep:
    """Asks for what is missing, and finishes the sign-in."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._finishing = Finishing(desk)
        self._steps = desk.factors.second_steps

    def routes(self) -> list[Route]:
        """Return the page's routes."""
        return [
            Route(PLACE, self.show, methods=["GET"]),
            Route(PLACE, self.prove, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """Show what is asked for. Raises ``BadSeal``."""
        await self._desk.sessions.current(request, "developer")
        text = request.query_params.get("half", "")
        half = self._steps.opened(request, text, "developer")
        return_to = places.local(request.query_params.get("return_to", ""))
        return await self._show(request, half, text, return_to)

    async def prove(self, request: Request) -> Response:
        """Take the answer. Raises ``BadSeal``, when the sign-in was finished already as well."""
        form = await read_form(request)
        await self._desk.sessions.current(request, "developer")
        self._desk.csrf.check(request, form, session_bound=False)
        return_to = places.local(form.one("return_to"))
        text = form.one("half")
        half = self._steps.opened(request, text, "developer")
        developer = await self._developer(half)
        try:
            amr = await self._steps.prove(request, form, half, developer.email)
        except (SecondStepRefused, PasskeyRefused, PoolFull) as error:
            answer = await self._show(request, half, text, return_to, error.status, str(error))
            if isinstance(error, PoolFull):
                answer.headers["retry-after"] = str(error.retry_after)
            return answer
        return await self._finishing.complete(request, developer.id, amr, return_to)

    async def _developer(self, half: Half) -> Developer:
        developer = await self._desk.store.read(developers.find, half.person_id)
        if developer is None or developer.state != "active":
            raise BadSeal
        return developer

    async def _show(
        self,
        request: Request,
        half: Half,
        text: str,
        return_to: str,
        status: int = 200,
        refusal: str = "",
    ) -> Response:
        developer = await self._developer(half)
        fields = (("return_to", return_to), ("half", text))
        return self._desk.show(
            request,
            "two_step/second.html",
            status=status,
            refusal=refusal,
            person_name=developer.email,
            asked=await self._steps.asked(request, half),
            action=PLACE,
            fields=fields,
            here=f"{PLACE}?{urlencode(fields)}",
            start_again=f"/login?{urlencode({'return_to': return_to})}",
        )
