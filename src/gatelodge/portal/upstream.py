"""Sign-in of developers with an upstream provider: there, back, and the proof that links it."""

from urllib.parse import urlencode

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gatelodge.catalog.errors import NoSuch
from gatelodge.identity.errors import Unknown, UpstreamRefused
from gatelodge.oauth.errors import UpstreamProblem
from gatelodge.oauth.upstream_identity import Identity
from gatelodge.operations import joining
from gatelodge.operations import linked_identities as acts
from gatelodge.operations.actor import Occasion
from gatelodge.operations.upstream_journeys import Arrival, Journeys, explained, methods
from gatelodge.portal import places
from gatelodge.portal.desk import Desk, Visit
from gatelodge.portal.finishing import Finishing
from gatelodge.providers import Provider
from gatelodge.settings import Secrets
from gatelodge.web.forms import read_form
from gatelodge.web.proposals import Proposal, Proposals

_log = structlog.get_logger(__name__)


class Upstream:
    """Sends developers to providers, takes them back, and asks for proof before it links."""

    def __init__(self, desk: Desk, journeys: Journeys, secrets: Secrets) -> None:
        self._desk = desk
        self._journeys = journeys
        self._finishing = Finishing(desk)
        self._proposals = Proposals("developer", secrets, desk.clock)

    def routes(self) -> list[Route]:
        """Return the pages' routes."""
        return [
            Route("/login/with/{provider}", self.leave, methods=["POST"]),
            Route("/login/with/{provider}/callback", self.arrive, methods=["GET"]),
            Route("/login/link", self.ask, methods=["GET"]),
            Route("/login/link", self.decide, methods=["POST"]),
        ]

    async def leave(self, request: Request) -> Response:
        """Send the browser to the provider; say so when that is away."""
        form = await read_form(request)
        await self._desk.sessions.current(request, "developer")
        self._desk.csrf.check(request, form, session_bound=False)
        provider = self._provider(request)
        return_to = places.local(form.one("return_to"))
        cookie = self._desk.csrf.presented(request)
        try:
            address = await self._journeys.leave("developer", provider, cookie, return_to)
        except UpstreamProblem as problem:
            return self._refused(request, provider, problem, return_to)
        return self._desk.go(address)

    async def arrive(self, request: Request) -> Response:
        """Take the browser back: sign in, link, or ask who this is. Raises ``UpstreamRefused``."""
        provider = self._provider(request)
        cookie = self._desk.csrf.presented(request)
        query: bytes = request.scope.get("query_string", b"")
        try:
            arrival = await self._journeys.arrive("developer", provider, cookie, query)
        except UpstreamProblem as problem:
            self._tell(request, provider, problem)
            raise UpstreamRefused(provider.name) from problem
        if arrival.identity is None:
            cause = arrival.problem or UpstreamProblem("nobody came")
            return self._refused(request, provider, cause, arrival.attempt.back)
        if arrival.attempt.person_id is not None:
            return await self._link_own(request, provider, arrival, arrival.identity)
        return await self._enter(request, provider, arrival, arrival.identity)

    async def ask(self, request: Request) -> Response:
        """Show whose account it is about to be linked to, or how to prove that."""
        proposal, text = self._proposal(request, request.query_params.get("proposal", ""))
        visit = await self._fresh(request, proposal)
        provider = self._of(proposal)
        how = None
        if visit is None:
            who, now = proposal.identity, self._desk.clock()
            how = await self._desk.store.read(joining.can_join, provider, who, now)
        again = {"return_to": self._proposals.address(proposal), "again": "1"}
        return self._desk.show(
            request,
            "portal/link.html",
            provider_name=provider.name,
            label=acts.label_of(proposal.identity),
            developer=None if visit is None else visit.developer,
            joining=how,
            proposal=text,
            sign_in=f"/login?{urlencode(again)}",
            here="/login",
        )

    async def decide(self, request: Request) -> Response:
        """Link, join, or go on without. Raises ``LinkedElsewhere`` and ``MayNotJoin``."""
        form = await read_form(request)
        proposal, _ = self._proposal(request, form.one("proposal"))
        visit = await self._fresh(request, proposal)
        self._desk.csrf.check(request, form, session_bound=visit is not None)
        decision = form.one("decision")
        if decision == "join" and visit is None:
            return await self._join(request, proposal)
        if visit is None:
            return self._desk.go(self._proposals.address(proposal))
        if decision == "link":
            act = self._desk.act(visit)
            await self._desk.store.write(acts.link, act, "developer", proposal.identity)
            await self._say_linked(visit, self._of(proposal), proposal.identity)
        return self._desk.go(places.local(proposal.back))

    async def _enter(
        self, request: Request, provider: Provider, arrival: Arrival, who: Identity
    ) -> Response:
        try:
            found = await self._desk.store.write(acts.enter_developer, self._now(request), who)
        except Unknown as error:
            self._tell(request, provider, error)
            raise UpstreamRefused(provider.name) from error
        back = places.local(arrival.attempt.back)
        if found is not None:
            return await self._finishing.finish(request, found, methods(provider, who), back)
        proposal = Proposal(
            provider=provider.id,
            identity=who,
            browser=arrival.attempt.browser,
            back=back,
            at=self._desk.clock(),
        )
        return self._desk.go(self._proposals.address(proposal))

    async def _link_own(
        self, request: Request, provider: Provider, arrival: Arrival, who: Identity
    ) -> Response:
        """Link to who left from their own account's page, and nobody else."""
        visit = await self._desk.visit(request)
        if visit is None or visit.developer.id != arrival.attempt.person_id:
            self._tell(request, provider, UpstreamProblem("somebody else is signed in by now"))
            raise UpstreamRefused(provider.name)
        await self._desk.store.write(acts.link, self._desk.act(visit), "developer", who)
        await self._say_linked(visit, provider, who)
        return self._desk.go(places.local(arrival.attempt.back))

    async def _join(self, request: Request, proposal: Proposal) -> Response:
        provider, who = self._of(proposal), proposal.identity
        made = await self._desk.store.write(joining.join, self._now(request), provider, who)
        return await self._finishing.finish(request, made, methods(provider, who), proposal.back)

    async def _fresh(self, request: Request, proposal: Proposal) -> Visit | None:
        """Return the visitor if they have signed in since they came from the provider."""
        visit = await self._desk.visit(request)
        session = getattr(request.state, "session", None)
        if visit is None or session is None or session.auth_time < proposal.at:
            request.state.account = None
            return None
        return visit

    async def _say_linked(self, visit: Visit, provider: Provider, who: Identity) -> None:
        label = acts.label_of(who)
        await self._desk.say(visit, f"You can sign in with {provider.name} ({label}) from now on.")

    def _refused(
        self, request: Request, provider: Provider, problem: UpstreamProblem, return_to: str
    ) -> Response:
        """Show the sign-in page, where a password still works. Raises ``UpstreamRefused``."""
        self._tell(request, provider, problem)
        said, status = explained(provider, problem)
        return self._desk.show_login(request, places.local(return_to), refusal=said, status=status)

    def _tell(self, request: Request, provider: Provider, problem: Exception) -> None:
        _log.warning(
            "upstream_sign_in_failed",
            provider=provider.id,
            cause=str(problem),
            request_id=getattr(request.state, "request_id", ""),
        )

    def _now(self, request: Request) -> Occasion:
        address = request.client.host if request.client else ""
        return Occasion(now=self._desk.clock(), address=address, ids=self._desk.store.ids)

    def _proposal(self, request: Request, text: str) -> tuple[Proposal, str]:
        browser = self._journeys.browser(self._desk.csrf.presented(request))
        return self._proposals.open(text, browser), text

    def _of(self, proposal: Proposal) -> Provider:
        return self._find(proposal.provider)

    def _provider(self, request: Request) -> Provider:
        return self._find(request.path_params["provider"])

    def _find(self, provider_id: str) -> Provider:
        found = self._journeys.providers.find("developer", provider_id)
        if found is None:
            raise NoSuch("page")
        return found
