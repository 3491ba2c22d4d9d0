"""Sign-in with upstream providers: its pages on both sides."""

from collections.abc import Mapping

from starlette.routing import Route

from gatelodge.app.core import Core
from gatelodge.authserver import upstream_pages
from gatelodge.authserver.context import Context
from gatelodge.authserver.site import Site
from gatelodge.portal.desk import Desk
from gatelodge.portal.linked import Linked
from gatelodge.portal.upstream import Upstream
from gatelodge.web.http import ASGIApp


def for_users(core: Core, shared: Context, site: Site) -> Mapping[str, ASGIApp]:
    """Return the authorization server's pages by path."""
    return upstream_pages.endpoints(shared, site, core.secrets, core.sign_in.user, core.journeys)


def for_developers(core: Core, desk: Desk) -> list[Route]:
    """Return the portal's routes."""
    return [
        *Upstream(desk, core.journeys, core.secrets).routes(),
        *Linked(desk, core.journeys).routes(),
    ]
