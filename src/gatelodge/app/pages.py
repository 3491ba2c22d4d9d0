"""The surfaces people look at: the portal, sign-in and consent, static files."""

from collections.abc import Mapping

from starlette.routing import Mount, Router
from starlette.staticfiles import StaticFiles

from gatelodge.app import further_pages, upstream
from gatelodge.app.core import Core
from gatelodge.authserver import browser
from gatelodge.authserver.context import Context
from gatelodge.authserver.issuing import Issuing
from gatelodge.authserver.site import Site
from gatelodge.operations import invites
from gatelodge.portal import site as portal
from gatelodge.portal.desk import Desk, Parts
from gatelodge.portal.flash import Flashes
from gatelodge.portal.invite import Invitation
from gatelodge.two_step import building
from gatelodge.web import clock
from gatelodge.web.errors import ErrorPages
from gatelodge.web.http import ASGIApp
from gatelodge.web.pages import STATIC
from gatelodge.web.toolbox import Toolbox


def sign_in(core: Core, shared: Context, tools: Toolbox) -> Mapping[str, ASGIApp]:
    """Return the authorization server's pages by path."""
    site = Site(
        pages=tools.pages,
        csrf=tools.csrf,
        sessions=tools.sessions,
        factors=building.build(core.store, core.secrets, core.settings, tools, clock.now),
    )
    found = browser.endpoints(shared, site, core.secrets, core.sign_in.user)
    return {**found, **upstream.for_users(core, shared, site)}


def site(core: Core, shared: Context, tools: Toolbox, *, demo: bool) -> ASGIApp:
    """Return the portal, the static files and, in the demo, its callback page."""
    desk = Desk(
        Parts(
            settings=core.settings,
            store=core.store,
            tools=tools,
            factors=building.build(core.store, core.secrets, core.settings, tools, clock.now),
            flashes=Flashes(core.store, core.secrets, clock.now),
            clock=clock.now,
        )
    )
    mint = Issuing(shared).to_application
    routes = [
        *portal.routes(desk, core.sign_in, core.secrets, mint),
        *Invitation(desk, core.pool, core.secrets.derive(invites.DIGEST)).routes(),
        *upstream.for_developers(core, desk),
        *further_pages.routes(core, tools, demo=demo),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    return ErrorPages(Router(routes), tools.pages.render, shared.issuer)
