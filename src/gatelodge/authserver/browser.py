"""The authorization server's pages, put together; machine-read endpoints are in ``endpoints``."""

from collections.abc import Awaitable, Callable

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gatelodge.authserver.authorize import AuthorizeEndpoint
from gatelodge.authserver.consent import ConsentPage
from gatelodge.authserver.context import Context, SignInUser
from gatelodge.authserver.flow import Flow
from gatelodge.authserver.signin import SignInPage
from gatelodge.authserver.signout import SignOutPage
from gatelodge.authserver.site import Site
from gatelodge.settings import Secrets

Answer = Callable[[Request], Awaitable[Response]]


class Page(msgspec.Struct, frozen=True):
    """What answers GET and POST of one path."""

    get: Answer
    post: Answer

    async def answer(self, request: Request) -> Response:
        """Answer a request of either method."""
        return await (self.post if request.method == "POST" else self.get)(request)


def pages(context: Context, site: Site, secrets: Secrets, sign_in: SignInUser) -> dict[str, Page]:
    """Return what answers each path."""
    flow = Flow(context, secrets)
    authorize = AuthorizeEndpoint(context, flow, site)
    sign_in_page = SignInPage(context, site, flow, sign_in)
    consent = ConsentPage(context, site, flow)
    sign_out = SignOutPage(site, flow)
    return {
        "/authorize": Page(authorize.get, authorize.post),
        "/signin": Page(sign_in_page.get, sign_in_page.post),
        "/consent": Page(consent.get, consent.post),
        "/signout": Page(sign_out.get, sign_out.post),
    }


def routes(context: Context, site: Site, secrets: Secrets, sign_in: SignInUser) -> list[Route]:
    """Return the pages' routes; aliases of ``/authorize`` are the composition root's business.

    They raise; ``web.errors.ErrorPages`` around them makes pages and redirects of it.
    """
    return [
        Route(path, page.answer, methods=["GET", "POST"])
        for path, page in pages(context, site, secrets, sign_in).items()
    ]
