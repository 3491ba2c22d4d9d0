"""The consent page: what an application asks for, in plain words, and the user's yes or no."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gatelodge.authserver import consent_words
from gatelodge.authserver.context import Context
from gatelodge.authserver.flow import Flow, refused, see_other
from gatelodge.authserver.pending import Asked, can_be_remembered
from gatelodge.authserver.sealed import Envelopes
from gatelodge.authserver.site import Site
from gatelodge.identity.users import User
from gatelodge.oauth.clients import Client
from gatelodge.oauth.errors import AccessDenied
from gatelodge.operations import consents
from gatelodge.operations.actor import Act, Actor
from gatelodge.web.forms import read_form
from gatelodge.web.http import BadRequest


class ConsentPage:
    """Asks, remembers the answer, and sends the browser back to the application."""

    def __init__(self, context: Context, site: Site, flow: Flow, envelopes: Envelopes) -> None:
        self._context = context
        self._envelopes = envelopes
        self._site = site
        self._flow = flow

    async def get(self, request: Request) -> Response:
        """Show what is asked for."""
        text = request.query_params.get("request", "")
        asked = self._envelopes.asked(text)
        session = await self._site.session(request)
        user = await self._flow.user(session)
        if session is None or user is None or session.id != asked.session_id:
            return see_other(await self._flow.proceed(asked.pending, session))
        client = await self._flow.client(asked.pending)
        return await self._show(request, client, user, asked, text)

    async def post(self, request: Request) -> Response:
        """Take the answer; what was asked is what was sealed, whatever else the form says."""
        form = await read_form(request)
        asked = self._envelopes.asked(form.one("request"))
        session = await self._site.session(request)
        self._site.csrf.check(request, form, session_bound=False)
        user = await self._flow.user(session)
        if session is None or user is None or session.id != asked.session_id:
            # Somebody else signed in meanwhile: they have not been asked.
            return see_other(await self._flow.proceed(asked.pending, session))
        self._site.csrf.check(request, form)
        # Before either answer: a no goes to the redirect URI as well, which may be gone by now.
        client = await self._flow.client(asked.pending)
        decision = form.one("decision")
        if decision == "deny":
            raise refused(asked.pending, AccessDenied())
        if decision != "allow":
            raise BadRequest("The form says neither yes nor no.")
        await self._remember(request, client, user, asked)
        return see_other(await self._flow.issue(asked.pending, client, session))

    async def _remember(self, request: Request, client: Client, user: User, asked: Asked) -> None:
        address = request.client.host if request.client else ""
        actor = Actor(kind="user", id=user.id, name=user.login_name, address=address)
        store = self._context.store
        act = Act(actor=actor, now=self._context.clock(), ids=store.ids)
        agreed = asked.pending.request.scope.split(" ")
        await store.write(consents.agree, act, user.id, client, agreed)

    async def _show(
        self, request: Request, client: Client, user: User, asked: Asked, text: str
    ) -> Response:
        other = msgspec.structs.replace(asked.pending, switch=True)
        catalogue = await self._context.live.catalogue()
        return self._site.show(
            request,
            "consent.html",
            application_name=client.application_name,
            owner_name=client.owner_name,
            sandbox=client.environment == "sandbox",
            destination=consent_words.destination(asked.pending.request.redirect_uri),
            user=user,
            tenant=self._context.tenant,
            remembered=can_be_remembered(client, asked.pending.request.redirect_uri),
            lines=consent_words.lines(asked.pending.request.scope, catalogue.apis),
            request_text=text,
            other_account=self._envelopes.sign_in_address(other),
        )
