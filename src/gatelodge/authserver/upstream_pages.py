"""The pages for users that have to do with upstream providers, put together."""

from collections.abc import Mapping
from functools import partial

from gatelodge.authserver.context import Context
from gatelodge.authserver.flow import Flow
from gatelodge.authserver.me.linked import PLACE, page
from gatelodge.authserver.page import Page
from gatelodge.authserver.sealed import Envelopes
from gatelodge.authserver.signin import SignInPage, SignInUser
from gatelodge.authserver.site import Site
from gatelodge.authserver.upstream import Upstream
from gatelodge.authserver.upstream_proof import Proof
from gatelodge.operations.upstream_journeys import Journeys
from gatelodge.settings import Secrets
from gatelodge.web.errors import ErrorPages
from gatelodge.web.proposals import Proposals


def endpoints(
    context: Context, site: Site, secrets: Secrets, sign_in: SignInUser, journeys: Journeys
) -> Mapping[str, ErrorPages]:
    """Return the application for each path."""
    envelopes = Envelopes(secrets, context.clock)
    flow = Flow(context, envelopes)
    sign_in_page = SignInPage(context, site, flow, envelopes, sign_in)
    proposals = Proposals("user", secrets, context.clock)
    proof = Proof(flow, site, journeys, proposals)
    upstream = Upstream(proof, sign_in_page)
    found = {
        "/signin/link": Page(proof.ask, proof.decide),
        PLACE: page(flow, site, secrets, journeys),
    }
    for provider in journeys.providers.serving("user"):
        place = f"/signin/with/{provider.id}"
        found[place] = Page(None, partial(upstream.leave, provider=provider))
        found[f"{place}/callback"] = Page(partial(upstream.arrive, provider=provider))
    return {
        path: ErrorPages(page, site.pages.render, context.issuer) for path, page in found.items()
    }
