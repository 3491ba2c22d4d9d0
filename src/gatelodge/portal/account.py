"""A developer's own account: the pages under ``/account``.

Each page has a line in ``portal/account_base.html`` as well.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gatelodge.operations import signing_out
from gatelodge.portal.desk import Desk, Visit
from gatelodge.web import session_list
from gatelodge.web.forms import Form
from gatelodge.web.rows import row_id

_SESSIONS = "/account/sessions"


class Account:
    """Who the developer is here, and where they are signed in."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        """Return the pages' routes."""
        desk = self._desk
        return [
            desk.page("/account", self.profile),
            desk.page(_SESSIONS, self.sessions),
            desk.form(_SESSIONS, self.sign_out),
        ]

    async def profile(self, _: Request, visit: Visit) -> Response:
        """Show who is signed in."""
        return await self._desk.render(
            visit, "portal/account_profile.html", section="account", tab="Profile"
        )

    async def sessions(self, _: Request, visit: Visit) -> Response:
        """Show where the developer is signed in."""
        rows = await session_list.rows(
            self._desk.store, "developer", visit.developer.id, visit.session_id, self._desk.clock()
        )
        return await self._desk.render(
            visit, "portal/account_sessions.html", section="account", tab="Sessions", rows=rows
        )

    async def sign_out(self, _: Request, visit: Visit, form: Form) -> Response:
        """End one session of the developer, or all but this one."""
        wanted = form.one("session")
        act, developer_id = self._desk.act(visit), visit.developer.id
        write = self._desk.store.write
        if wanted == "others":
            await write(signing_out.others, act, "developer", developer_id, visit.session_id)
            await self._desk.say(visit, "You are signed out everywhere else.")
        else:
            number = row_id(wanted) or 0
            ended = await write(signing_out.one, act, "developer", developer_id, number)
            await self._desk.say(visit, session_list.said(ended=ended))
        return self._desk.go(_SESSIONS)
