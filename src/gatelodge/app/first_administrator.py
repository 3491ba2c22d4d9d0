"""The link that makes the first administrator of an installation."""

from gatelodge.app.core import Core
from gatelodge.operations import invites
from gatelodge.operations.actor import Act, Actor
from gatelodge.web import clock

_PROGRAM = Actor(kind="system", name="gatelodge")


async def administrator_link(opened: Core) -> str | None:
    """Return a fresh one-time link while nobody administers the installation."""
    act = Act(actor=_PROGRAM, now=clock.now(), ids=opened.store.ids)
    key = opened.secrets.derive(invites.DIGEST)
    invited = await opened.store.write(invites.first_administrator, act, key)
    return None if invited is None else f"{opened.settings.issuer}/invite/{invited.text}"
