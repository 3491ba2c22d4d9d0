"""The toolbox of all pages, made for one running node."""

from gatelodge.app.core import Core
from gatelodge.portal.functions import FUNCTIONS
from gatelodge.web import clock
from gatelodge.web.csrf import Csrf
from gatelodge.web.pages import Pages
from gatelodge.web.sessions import Sessions
from gatelodge.web.toolbox import Toolbox


def toolbox(core: Core) -> Toolbox:
    """Make the toolbox."""
    settings, secrets = core.settings, core.secrets
    csrf = Csrf(secrets.derive("csrf"), origin=settings.issuer, secure=settings.secure)
    key = secrets.derive("sessions")
    return Toolbox(
        pages=Pages(settings, csrf, FUNCTIONS),
        csrf=csrf,
        sessions=Sessions(core.store, key, clock.now, secure=settings.secure),
    )
