"""The pages of a user's own account by path; each has a line in ``auth/me_base.html`` as well."""

from collections.abc import Mapping

from gatelodge.authserver.flow import Flow
from gatelodge.authserver.me.applications import Applications
from gatelodge.authserver.me.frame import Frame
from gatelodge.authserver.me.profile import Profile
from gatelodge.authserver.me.sessions import Sessions
from gatelodge.authserver.me.two_step import TwoStep
from gatelodge.authserver.page import Page
from gatelodge.authserver.site import Site
from gatelodge.settings import Secrets


def pages(flow: Flow, site: Site, secrets: Secrets) -> Mapping[str, Page]:
    """Return what answers each path."""
    frame = Frame(flow, site, secrets)
    profile, sessions, applications = Profile(frame), Sessions(frame), Applications(frame)
    two_step = TwoStep(frame, site.factors, flow.context.tenant)
    return {
        **two_step.paths(),
        "/me": frame.page(profile.show),
        "/me/sessions": frame.page(sessions.show, sessions.sign_out),
        "/me/applications": frame.page(applications.show, applications.withdraw),
    }
