"""The authorization server's pages, put together; machine-read endpoints are in ``endpoints``."""

from collections.abc import Mapping

from gatelodge.authserver import people, sign_in_pages
from gatelodge.authserver.authorize import AuthorizeEndpoint
from gatelodge.authserver.consent import ConsentPage
from gatelodge.authserver.context import Context
from gatelodge.authserver.flow import Flow
from gatelodge.authserver.page import Page
from gatelodge.authserver.sealed import Envelopes
from gatelodge.authserver.site import Site
from gatelodge.settings import Secrets
from gatelodge.web.errors import ErrorPages
from gatelodge.web.http import ASGIApp


def endpoints(
    context: Context, site: Site, secrets: Secrets, sign_in: sign_in_pages.SignInUser
) -> Mapping[str, ASGIApp]:
    """Return the application for each path; aliases are the composition root's business."""
    envelopes = Envelopes(secrets, context.clock)
    flow = Flow(context, envelopes)
    authorize = AuthorizeEndpoint(context, site, flow, envelopes)
    consent = ConsentPage(context, site, flow, envelopes)
    found = {
        "/authorize": Page(authorize.get, authorize.post),
        **sign_in_pages.pages(context, site, flow, sign_in),
        "/consent": Page(consent.get, consent.post),
        **people.pages(flow, site, secrets),
    }
    return {
        path: ErrorPages(page, site.pages.render, context.issuer) for path, page in found.items()
    }
