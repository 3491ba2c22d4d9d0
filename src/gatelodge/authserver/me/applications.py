"""The applications a user has allowed to act for them, and taking that back."""

from collections.abc import Sequence

import msgspec
from starlette.responses import Response

from gatelodge.authserver import consent_words
from gatelodge.authserver.consent_words import Line
from gatelodge.authserver.me.frame import Frame, Visit
from gatelodge.operations import consents
from gatelodge.web.forms import Form
from gatelodge.web.rows import row_id

_PLACE = "/me/applications"


class Allowed(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the list."""

    consent_id: int
    application_name: str
    owner_name: str
    sandbox: bool
    blocked: bool
    lines: Sequence[Line]
    since: int


class Applications:
    """The list and its one form."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    async def show(self, visit: Visit) -> Response:
        """Show what the user has agreed to."""
        catalogue = await self._frame.live.catalogue()
        rows = [
            Allowed(
                consent_id=one.consent.id,
                application_name=one.client.application_name,
                owner_name=one.client.owner_name,
                sandbox=one.client.environment == "sandbox",
                blocked=not one.client.active,
                lines=consent_words.lines(" ".join(sorted(one.consent.scopes)), catalogue.apis),
                since=one.consent.created_at,
            )
            for one in await self._frame.store.read(consents.of_user, visit.user.id)
        ]
        return await self._frame.show(visit, "me_applications.html", tab="Applications", rows=rows)

    async def withdraw(self, visit: Visit, form: Form) -> Response:
        """Take one consent back."""
        number = row_id(form.one("consent")) or 0
        act = self._frame.act(visit)
        client = await self._frame.store.write(consents.withdraw, act, visit.user.id, number)
        await self._frame.say(
            visit,
            "That application had no access any more."
            if client is None
            else f"{client.application_name} has no access any more.",
        )
        return self._frame.go(_PLACE)
