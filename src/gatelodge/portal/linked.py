"""The accounts at providers that a developer signs in with: shown, linked, unlinked."""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gatelodge.identity import linked as rules
from gatelodge.identity.errors import Unknown
from gatelodge.identity.linked import OnlyWayIn
from gatelodge.oauth.errors import UpstreamProblem
from gatelodge.operations import linked_identities as acts
from gatelodge.operations.upstream_journeys import Journeys
from gatelodge.portal.desk import Desk, Visit
from gatelodge.web.forms import Form

PLACE = "/account/linked"
_TEMPLATE = "portal/account_linked.html"


class Linked:
    """The page under ``/account``."""

    def __init__(self, desk: Desk, journeys: Journeys) -> None:
        self._desk = desk
        self._journeys = journeys

    def routes(self) -> list[Route]:
        """Return the page's routes."""
        return [self._desk.page(PLACE, self.show), self._desk.form(PLACE, self.act)]

    async def show(self, _: Request, visit: Visit) -> Response:
        """Show what is linked, and what may be."""
        return await self._show(visit)

    async def act(self, request: Request, visit: Visit, form: Form) -> Response:
        """Link or unlink; both need a fresh sign-in."""
        session = request.state.session
        if not rules.is_fresh(session.auth_time, self._desk.clock()):
            return self._desk.go(f"/login?{urlencode({'return_to': PLACE, 'again': '1'})}")
        if form.one("act") == "link":
            return await self._leave(request, visit, form)
        try:
            await self._desk.store.write(
                acts.unlink, self._desk.act(visit), "developer", form.one("link")
            )
        except OnlyWayIn as error:
            return await self._show(visit, str(error), error.status)
        await self._desk.say(visit, "The account is no longer linked.")
        return self._desk.go(PLACE)

    async def _leave(self, request: Request, visit: Visit, form: Form) -> Response:
        provider = self._journeys.providers.find("developer", form.one("provider"))
        if provider is None:
            raise Unknown("provider")
        cookie = self._desk.csrf.presented(request)
        try:
            address = await self._journeys.leave(
                "developer", provider, cookie, PLACE, person_id=visit.developer.id, again=True
            )
        except UpstreamProblem:
            said = f"{provider.name} does not answer at the moment. Try again later."
            return await self._show(visit, said, 503)
        return self._desk.go(address)

    async def _show(self, visit: Visit, refusal: str = "", status: int = 200) -> Response:
        person = visit.developer.id
        links = await self._desk.store.read(acts.of_person, "developer", person)
        return await self._desk.render(
            visit,
            _TEMPLATE,
            status=status,
            form_action=False,
            section="account",
            tab="Linked accounts",
            refusal=refusal,
            links=self._journeys.providers.named(links),
            offered=self._journeys.providers.offered("developer", links),
        )
