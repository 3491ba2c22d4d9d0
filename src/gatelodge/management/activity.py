"""The activity log's lines."""

from datetime import datetime
from typing import Any

import msgspec

from gatelodge.management import paging
from gatelodge.management.call import Answer, Call
from gatelodge.management.paging import Items
from gatelodge.management.shown import moment, row
from gatelodge.storage import audit
from gatelodge.storage.connections import Connection


class EventShown(msgspec.Struct, frozen=True, kw_only=True):
    """One line: who did what, when, from where, by which request; ``detail`` depends on the act.

    ``before`` and ``after`` are what the act changed, null where there was, or is, nothing.
    """

    id: str
    at: datetime
    act: str
    actor: str
    address: str
    detail: dict[str, Any]
    request_id: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None


def of(conn: Connection, call: Call, object_kind: str, object_id: int) -> Answer:
    """Return one page of an object's lines, the newest first."""
    page = paging.read(call.query)
    found = audit.of_object(conn, object_kind, object_id, page.limit + 1, before=page.row)
    items = [
        EventShown(
            id=row(event.id),
            at=moment(event.at),
            act=event.act,
            actor=event.actor_name,
            address=event.address,
            detail=event.detail,
            request_id=event.request_id,
            before=event.before,
            after=event.after,
        )
        for event in found[: page.limit]
    ]
    following = paging.following([event.id for event in found], page)
    return Answer(value=Items(items=items, next_cursor=following))
