"""A person's browser sessions as the pages of their account show them."""

from collections.abc import Sequence

import msgspec

from gatelodge.identity import devices, sessions
from gatelodge.identity.sessions import Kind
from gatelodge.storage import sessions as stored
from gatelodge.storage.engine import Store


class SessionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One session; ``current`` is the one that looks at the list."""

    id: int
    device: str
    address: str
    signed_in_at: int
    seen_at: int
    current: bool


async def rows(
    store: Store, kind: Kind, subject_id: int, current: int, now: int
) -> Sequence[SessionRow]:
    """Return the living sessions, the one that looks at them first."""
    found = [
        SessionRow(
            id=one.id,
            device=devices.words(one.user_agent),
            address=one.address,
            signed_in_at=one.auth_time,
            seen_at=one.seen_at,
            current=one.id == current,
        )
        for one in await store.read(stored.of_subject, kind, subject_id)
        if sessions.alive(one, now)
    ]
    return sorted(found, key=lambda row: not row.current)


def said(*, ended: bool) -> str:
    """Return what the next page says after one session was to be ended."""
    return "That browser is signed out." if ended else "That browser was signed out already."
