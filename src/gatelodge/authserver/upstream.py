"""Sign-in of users with an upstream provider: there and back; ``upstream_proof`` links."""

from starlette.requests import Request
from starlette.responses import Response

from gatelodge.authserver.finishing import Finishing
from gatelodge.authserver.flow import see_other
from gatelodge.authserver.pending import Home, Waiting
from gatelodge.authserver.signin import SignInPage
from gatelodge.authserver.upstream_proof import Proof, occasion, tell
from gatelodge.identity.errors import Unknown, UpstreamRefused
from gatelodge.oauth.errors import UpstreamProblem
from gatelodge.oauth.upstream_identity import Identity
from gatelodge.operations import linked_identities as acts
from gatelodge.operations.upstream_journeys import Arrival, explained, methods
from gatelodge.providers import Provider
from gatelodge.web.forms import read_form
from gatelodge.web.proposals import Proposal


class Upstream:
    """Sends users to providers, takes them back, and asks for proof before it links."""

    def __init__(self, proof: Proof, sign_in: SignInPage) -> None:
        self._flow = proof.flow
        self._site = proof.site
        self._journeys = proof.journeys
        self._proof = proof
        self._sign_in = sign_in
        self._finishing = Finishing(proof.site, proof.flow)

    async def leave(self, request: Request, provider: Provider) -> Response:
        """Send the browser to the provider; say so when that is away."""
        form = await read_form(request)
        waiting = self._flow.envelopes.waiting(form.one("request"))
        self._site.csrf.check(request, form, session_bound=False)
        cookie = self._site.csrf.presented(request)
        back = self._flow.envelopes.seal(waiting)
        try:
            address = await self._journeys.leave(
                "user", provider, cookie, back, again=_asks_again(waiting)
            )
        except UpstreamProblem as problem:
            return await self._refused(request, provider, problem, back)
        return see_other(address)

    async def arrive(self, request: Request, provider: Provider) -> Response:
        """Take the browser back: sign in, link, or ask who this is. Raises ``UpstreamRefused``."""
        cookie = self._site.csrf.presented(request)
        query: bytes = request.scope.get("query_string", b"")
        try:
            arrival = await self._journeys.arrive("user", provider, cookie, query)
        except UpstreamProblem as problem:
            tell(request, provider, problem)
            raise UpstreamRefused(provider.name) from problem
        if arrival.identity is None:
            cause = arrival.problem or UpstreamProblem("nobody came")
            return await self._refused(request, provider, cause, arrival.attempt.back)
        if arrival.attempt.person_id is not None:
            return await self._proof.link_own(request, provider, arrival, arrival.identity)
        return await self._enter(request, provider, arrival, arrival.identity)

    async def _enter(
        self, request: Request, provider: Provider, arrival: Arrival, who: Identity
    ) -> Response:
        waiting = self._flow.envelopes.waiting(arrival.attempt.back)
        context = self._flow.context
        now = context.clock()
        when = occasion(request, self._flow)
        try:
            user = await context.store.write(acts.enter_user, when, who)
        except Unknown as error:
            tell(request, provider, error)
            raise UpstreamRefused(provider.name) from error
        if user is not None:
            return await self._finishing.finish(request, waiting, user, methods(provider, who))
        proposal = Proposal(
            provider=provider.id,
            identity=who,
            browser=arrival.attempt.browser,
            back=self._flow.envelopes.seal(waiting),
            at=now,
        )
        return see_other(self._proof.address(proposal))

    async def _refused(
        self, request: Request, provider: Provider, problem: UpstreamProblem, back: str
    ) -> Response:
        """Show the sign-in page, where a password still works. Raises ``UpstreamRefused``."""
        tell(request, provider, problem)
        said, status = explained(provider, problem)
        waiting = self._flow.envelopes.waiting(back)
        await self._site.session(request)
        return await self._sign_in.refuse(request, waiting, said, status)


def _asks_again(waiting: Waiting) -> bool:
    """Say whether the application wants a fresh sign-in, which the provider is then asked for."""
    if isinstance(waiting, Home):
        return waiting.switch
    return "login" in waiting.request.prompt or waiting.request.max_age is not None
