"""The authorization server's pages, put together; machine-read endpoints are in ``endpoints``."""

from collections.abc import Awaitable, Callable, Mapping

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gatelodge.authserver.authorize import AuthorizeEndpoint
from gatelodge.authserver.consent import ConsentPage
from gatelodge.authserver.context import Context
from gatelodge.authserver.flow import Flow
from gatelodge.authserver.sealed import Envelopes
from gatelodge.authserver.signin import SignInPage, SignInUser
from gatelodge.authserver.signout import SignOutPage
from gatelodge.authserver.site import Site
from gatelodge.settings import Secrets
from gatelodge.web.errors import ErrorPages
from gatelodge.web.http import ASGIApp, MethodNotAllowed, Receive, Scope, Send

Answer = Callable[[Request], Awaitable[Response]]


class Page(msgspec.Struct, frozen=True):
    """What answers GET and POST of one path."""

    get: Answer
    post: Answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Raises ``MethodNotAllowed`` and whatever the page raises."""
        answers = {"GET": self.get, "HEAD": self.get, "POST": self.post}
        answer = answers.get(scope["method"])
        if answer is None:
            raise MethodNotAllowed(answers)
        response = await answer(Request(scope, receive, send))
        await response(scope, receive, send)


def endpoints(
    context: Context, site: Site, secrets: Secrets, sign_in: SignInUser
) -> Mapping[str, ASGIApp]:
    """Return the application for each path; aliases are the composition root's business."""
    envelopes = Envelopes(secrets, context.clock)
    flow = Flow(context, envelopes)
    authorize = AuthorizeEndpoint(context, site, flow, envelopes)
    sign_in_page = SignInPage(context, site, flow, envelopes, sign_in)
    consent = ConsentPage(context, site, flow, envelopes)
    sign_out = SignOutPage(site, flow)
    found = {
        "/authorize": Page(authorize.get, authorize.post),
        "/signin": Page(sign_in_page.get, sign_in_page.post),
        "/consent": Page(consent.get, consent.post),
        "/signout": Page(sign_out.get, sign_out.post),
    }
    return {
        path: ErrorPages(page, site.pages.render, context.issuer) for path, page in found.items()
    }
