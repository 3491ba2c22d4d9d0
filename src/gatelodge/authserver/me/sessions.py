"""Where a user is signed in, and signing out of one place or of all others."""

from starlette.responses import Response

from gatelodge.authserver.me.frame import Frame, Visit
from gatelodge.operations import signing_out
from gatelodge.web import session_list
from gatelodge.web.forms import Form
from gatelodge.web.rows import row_id

_PLACE = "/me/sessions"


class Sessions:
    """The list and its one form."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    async def show(self, visit: Visit) -> Response:
        """Show the user's sessions."""
        now = self._frame.act(visit).now
        rows = await session_list.rows(
            self._frame.store, "user", visit.user.id, visit.session.id, now
        )
        return await self._frame.show(visit, "me_sessions.html", tab="Sessions", rows=rows)

    async def sign_out(self, visit: Visit, form: Form) -> Response:
        """End one session, or all but this one with every token of the user."""
        wanted = form.one("session")
        act, user_id = self._frame.act(visit), visit.user.id
        write = self._frame.store.write
        if wanted == "others":
            await write(signing_out.others, act, "user", user_id, visit.session.id)
            await self._frame.say(visit, "You are signed out everywhere else.")
        else:
            number = row_id(wanted) or 0
            ended = await write(signing_out.one, act, "user", user_id, number)
            await self._frame.say(visit, session_list.said(ended=ended))
        return self._frame.go(_PLACE)
