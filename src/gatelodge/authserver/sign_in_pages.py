"""The ways into a user's session, by path."""

from collections.abc import Mapping

from gatelodge.authserver.context import Context
from gatelodge.authserver.flow import Flow
from gatelodge.authserver.page import Page
from gatelodge.authserver.second_step import PLACE, SecondStepPage
from gatelodge.authserver.signin import SignInPage, SignInUser
from gatelodge.authserver.site import Site

__all__ = ["SignInUser", "pages"]


def pages(context: Context, site: Site, flow: Flow, sign_in: SignInUser) -> Mapping[str, Page]:
    """Return what answers each path."""
    sign_in_page = SignInPage(context, site, flow, flow.envelopes, sign_in)
    second_step = SecondStepPage(context, site, flow)
    return {
        "/signin": Page(sign_in_page.get, sign_in_page.post),
        PLACE: Page(second_step.get, second_step.post),
    }
