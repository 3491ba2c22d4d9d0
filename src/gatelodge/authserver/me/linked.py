"""The accounts at providers that a user signs in with: shown, linked, unlinked."""

from starlette.responses import Response

from gatelodge.authserver.flow import Flow
from gatelodge.authserver.me.frame import Frame, Visit
from gatelodge.authserver.page import Page
from gatelodge.authserver.pending import Home
from gatelodge.authserver.site import Site
from gatelodge.identity import linked as rules
from gatelodge.identity.errors import Unknown
from gatelodge.identity.linked import OnlyWayIn
from gatelodge.oauth.errors import UpstreamProblem
from gatelodge.operations import linked_identities as acts
from gatelodge.operations.upstream_journeys import Journeys
from gatelodge.settings import Secrets
from gatelodge.web.forms import Form

PLACE = "/me/linked"


class Linked:
    """The page under ``/me``."""

    def __init__(self, frame: Frame, journeys: Journeys) -> None:
        self._frame = frame
        self._journeys = journeys

    def page(self) -> Page:
        """Return what answers the page's path."""
        return self._frame.page(self.show, self.act)

    async def show(self, visit: Visit) -> Response:
        """Show what is linked, and what may be."""
        return await self._show(visit)

    async def act(self, visit: Visit, form: Form) -> Response:
        """Link or unlink; both need a fresh sign-in."""
        act = self._frame.act(visit)
        if not rules.is_fresh(visit.session.auth_time, act.now):
            return self._frame.sign_in_again(PLACE)
        if form.one("act") == "link":
            return await self._leave(visit, form)
        try:
            await self._frame.store.write(acts.unlink, act, "user", form.one("link"))
        except OnlyWayIn as error:
            return await self._show(visit, str(error), error.status)
        await self._frame.say(visit, "The account is no longer linked.")
        return self._frame.go(PLACE)

    async def _leave(self, visit: Visit, form: Form) -> Response:
        provider = self._journeys.providers.find("user", form.one("provider"))
        if provider is None:
            raise Unknown("provider")
        back = self._frame.sealed(Home(place=PLACE))
        try:
            address = await self._journeys.leave(
                "user",
                provider,
                self._frame.browser(visit),
                back,
                person_id=visit.user.id,
                again=True,
            )
        except UpstreamProblem:
            said = f"{provider.name} does not answer at the moment. Try again later."
            return await self._show(visit, said, 503)
        return self._frame.go(address)

    async def _show(self, visit: Visit, refusal: str = "", status: int = 200) -> Response:
        links = await self._frame.store.read(acts.of_person, "user", visit.user.id)
        return await self._frame.show(
            visit,
            "me_linked.html",
            status=status,
            form_action=False,
            tab="Linked accounts",
            refusal=refusal,
            links=self._journeys.providers.named(links),
            offered=self._journeys.providers.offered("user", links),
        )


def page(flow: Flow, site: Site, secrets: Secrets, journeys: Journeys) -> Page:
    """Return what answers the page's path."""
    return Linked(Frame(flow, site, secrets), journeys).page()
