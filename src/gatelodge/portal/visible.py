"""The application an address names, if the visitor may see it."""

from starlette.requests import Request

from gatelodge.catalog.applications import Application
from gatelodge.operations import applications
from gatelodge.portal.desk import Desk, Visit


async def application(desk: Desk, request: Request, visit: Visit) -> Application:
    """Return the application the address names. Raises ``NoSuch`` for a foreign one too."""
    application_id = request.path_params["application_id"]
    return await desk.store.read(applications.visible, visit.actor, application_id)
