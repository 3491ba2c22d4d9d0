"""The pages that people come to by themselves, without an application that sent them."""

from collections.abc import Mapping

from gatelodge.authserver import end_session
from gatelodge.authserver.device_entry import Entries
from gatelodge.authserver.device_pages import DevicePages
from gatelodge.authserver.flow import Flow
from gatelodge.authserver.me import pages as me
from gatelodge.authserver.page import Page
from gatelodge.authserver.site import Site
from gatelodge.settings import Secrets


def pages(flow: Flow, site: Site, secrets: Secrets) -> Mapping[str, Page]:
    """Return what answers each path."""
    device = DevicePages(flow, site, Entries(flow.context, secrets))
    return {
        **end_session.pages(site, flow),
        **device.pages(),
        **me.pages(flow, site, secrets),
    }
