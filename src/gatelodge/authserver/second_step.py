"""The second step of a user's sign-in: a code or a passkey of who has proven one factor."""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from gatelodge.authserver.context import Context
from gatelodge.authserver.finishing import Finishing
from gatelodge.authserver.flow import Flow
from gatelodge.authserver.pending import Waiting
from gatelodge.authserver.site import Site
from gatelodge.identity.errors import PasskeyRefused, PoolFull, SecondStepRefused
from gatelodge.identity.users import User
from gatelodge.two_step.steps import Half
from gatelodge.web.forms import read_form
from gatelodge.web.sealing import BadSeal

PLACE = "/signin/second"


class SecondStepPage:
    """Asks for what is missing, and finishes the sign-in."""

    def __init__(self, context: Context, site: Site, flow: Flow) -> None:
        self._context = context
        self._site = site
        self._flow = flow
        self._finishing = Finishing(site, flow)
        self._steps = site.factors.second_steps

    async def get(self, request: Request) -> Response:
        """Show what is asked for. Raises ``BadSeal``."""
        await self._site.session(request)
        waiting = self._flow.envelopes.waiting(request.query_params.get("request", ""))
        text = request.query_params.get("half", "")
        half = self._steps.opened(request, text, "user")
        return await self._show(request, waiting, half, text)

    async def post(self, request: Request) -> Response:
        """Take the answer. Raises ``BadSeal``, when the sign-in was finished already as well."""
        form = await read_form(request)
        await self._site.session(request)
        self._site.csrf.check(request, form, session_bound=False)
        waiting = self._flow.envelopes.waiting(form.one("request"))
        text = form.one("half")
        half = self._steps.opened(request, text, "user")
        user = await self._user(half)
        try:
            amr = await self._steps.prove(request, form, half, user.login_name)
        except (SecondStepRefused, PasskeyRefused, PoolFull) as error:
            return await self._show(
                request, waiting, half, text, status=error.status, refusal=str(error)
            )
        return await self._finishing.complete(request, waiting, user.id, amr)

    async def _user(self, half: Half) -> User:
        user = await self._context.live.user(half.person_id)
        if user is None or user.state != "active":
            raise BadSeal
        return user

    async def _show(
        self,
        request: Request,
        waiting: Waiting,
        half: Half,
        text: str,
        *,
        status: int = 200,
        refusal: str = "",
    ) -> Response:
        user = await self._user(half)
        fields = (("request", self._flow.envelopes.seal(waiting)), ("half", text))
        response = self._site.show(
            request,
            "second_step.html",
            status=status,
            refusal=refusal,
            person_name=f"{user.login_name}@{self._context.tenant}",
            asked=await self._steps.asked(request, half),
            action=PLACE,
            fields=fields,
            here=f"{PLACE}?{urlencode(fields)}",
            start_again=self._flow.envelopes.sign_in_address(waiting),
        )
        if status == PoolFull.status:
            response.headers["Retry-After"] = str(PoolFull.retry_after)
        return response
