"""Proof that a provider's account and an account here are one person's, before they are linked."""

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import Response

from gatelodge.authserver.flow import Flow, see_other
from gatelodge.authserver.pending import Home
from gatelodge.authserver.site import Site
from gatelodge.identity.errors import UpstreamRefused
from gatelodge.identity.sessions import Session
from gatelodge.identity.users import User
from gatelodge.oauth.errors import UpstreamProblem
from gatelodge.oauth.upstream_identity import Identity
from gatelodge.operations import linked_identities as acts
from gatelodge.operations.actor import Act, Actor, Occasion
from gatelodge.operations.upstream_journeys import Arrival, Journeys
from gatelodge.providers import Provider
from gatelodge.web.forms import read_form
from gatelodge.web.proposals import Proposal, Proposals

_log = structlog.get_logger(__name__)


class Proof:
    """The page that asks for it, and the links that are made."""

    def __init__(self, flow: Flow, site: Site, journeys: Journeys, proposals: Proposals) -> None:
        self.flow = flow
        self.site = site
        self.journeys = journeys
        self._proposals = proposals

    def address(self, proposal: Proposal) -> str:
        """Return the page where a user proves who they are here."""
        return self._proposals.address(proposal)

    async def ask(self, request: Request) -> Response:
        """Show whose account it is about to be linked to, or how to prove that."""
        text = request.query_params.get("proposal", "")
        proposal = self._open(request, text)
        provider = self._of(proposal)
        found = await self._fresh(request, proposal)
        place = self._proposals.address(proposal)
        return self.site.show(
            request,
            "link.html",
            provider_name=provider.name,
            label=acts.label_of(proposal.identity),
            user=None if found is None else found[0],
            tenant=self.flow.context.tenant,
            proposal=text,
            sign_in=self.flow.envelopes.sign_in_address(Home(place=place, switch=True)),
            here="/",
        )

    async def decide(self, request: Request) -> Response:
        """Link, or go on without, with what waits. Raises ``LinkedElsewhere``."""
        form = await read_form(request)
        proposal = self._open(request, form.one("proposal"))
        found = await self._fresh(request, proposal)
        self.site.csrf.check(request, form, session_bound=found is not None)
        if found is None:
            return see_other(self._proposals.address(proposal))
        user, session = found
        if form.one("decision") == "link":
            act = self._act(request, user)
            await self.flow.context.store.write(acts.link, act, "user", proposal.identity)
        waiting = self.flow.envelopes.waiting(proposal.back)
        done = msgspec.structs.replace(waiting, signed_in=session.id, switch=False)
        return see_other(await self.flow.proceed(done, session))

    async def link_own(
        self, request: Request, provider: Provider, arrival: Arrival, who: Identity
    ) -> Response:
        """Link to who left from their own account's page, and nobody else."""
        session = await self.site.session(request)
        user = await self.flow.user(session)
        if user is None or user.id != arrival.attempt.person_id:
            tell(request, provider, UpstreamProblem("somebody else is signed in by now"))
            raise UpstreamRefused(provider.name)
        act = self._act(request, user)
        await self.flow.context.store.write(acts.link, act, "user", who)
        waiting = self.flow.envelopes.waiting(arrival.attempt.back)
        return see_other(await self.flow.proceed(waiting, session))

    async def _fresh(self, request: Request, proposal: Proposal) -> tuple[User, Session] | None:
        """Return who has signed in since they came from the provider."""
        session = await self.site.session(request)
        user = await self.flow.user(session)
        if session is None or user is None or session.auth_time < proposal.at:
            return None
        return user, session

    def _open(self, request: Request, text: str) -> Proposal:
        browser = self.journeys.browser(self.site.csrf.presented(request))
        return self._proposals.open(text, browser)

    def _of(self, proposal: Proposal) -> Provider:
        found = self.journeys.providers.find("user", proposal.provider)
        if found is None:  # the operator took it away a moment ago
            raise UpstreamRefused("this provider")
        return found

    def _act(self, request: Request, user: User) -> Act:
        context = self.flow.context
        actor = Actor(kind="user", id=user.id, name=user.login_name, address=_address_of(request))
        return Act(actor=actor, now=context.clock(), ids=context.store.ids)


def occasion(request: Request, flow: Flow) -> Occasion:
    """Return when and from where somebody comes."""
    context = flow.context
    return Occasion(now=context.clock(), address=_address_of(request), ids=context.store.ids)


def tell(request: Request, provider: Provider, problem: Exception) -> None:
    """Write why a sign-in failed into the log, under the number that its page shows."""
    _log.warning(
        "upstream_sign_in_failed",
        provider=provider.id,
        cause=str(problem),
        request_id=getattr(request.state, "request_id", ""),
    )


def _address_of(request: Request) -> str:
    return request.client.host if request.client else ""
