"""The first page of a user's account: who they are here."""

from starlette.responses import Response

from gatelodge.authserver.me.frame import Frame, Visit


class Profile:
    """Shows what the directory knows of the user."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    async def show(self, visit: Visit) -> Response:
        """Show who is signed in."""
        return await self._frame.show(visit, "me_profile.html", tab="Profile")
