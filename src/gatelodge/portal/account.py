"""A developer's own account: the pages under ``/account``.

Each page has a line in ``portal/account_base.html`` as well.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gatelodge.portal.desk import Desk, Visit


class Account:
    """Who the developer is here."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        """Return the pages' routes."""
        return [self._desk.page("/account", self.profile)]

    async def profile(self, _: Request, visit: Visit) -> Response:
        """Show who is signed in."""
        return await self._desk.render(
            visit, "portal/account_profile.html", section="account", tab="Profile"
        )
