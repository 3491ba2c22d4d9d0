"""The surface developers' own programs talk to: the management API."""

from gatelodge.app.core import Core
from gatelodge.authserver.context import Context
from gatelodge.authserver.issuing import Issuing
from gatelodge.management import building
from gatelodge.web import clock
from gatelodge.web.http import ASGIApp


def management(core: Core, shared: Context) -> ASGIApp:
    """Return the management API."""
    return building.build(
        core.store,
        core.secrets,
        core.settings.issuer,
        Issuing(shared).to_application,
        core.secret_uses.note_personal,
        clock.now,
    )
