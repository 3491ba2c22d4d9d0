"""The caller's own account: who it is, and its activity log."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from gatelodge.management import activity, paging
from gatelodge.management.call import Answer, Call, Operation
from gatelodge.management.paging import Items
from gatelodge.management.shown import moment, row
from gatelodge.storage.connections import Connection


class CredentialShown(msgspec.Struct, frozen=True, kw_only=True):
    """The personal access token that came along."""

    name: str
    scopes: Sequence[str]
    expires_at: datetime


class AccountShown(msgspec.Struct, frozen=True, kw_only=True):
    """Who calls, and with what."""

    id: str
    email: str
    name: str
    roles: Sequence[str]
    personal_access_token: CredentialShown


def show_account(_: Connection, call: Call) -> Answer:
    """Show who you are and what your personal access token may do."""
    developer, stored = call.holder.developer, call.holder.stored
    return Answer(
        value=AccountShown(
            id=row(developer.id),
            email=developer.email,
            name=developer.name,
            roles=sorted(developer.roles),
            personal_access_token=CredentialShown(
                name=stored.name,
                scopes=sorted(stored.scopes),
                expires_at=moment(stored.expires_at),
            ),
        )
    )


def list_account_activity(conn: Connection, call: Call) -> Answer:
    """List what was done to your account, the newest first."""
    return activity.of(conn, call, "developer", call.developer_id)


OPERATIONS: Sequence[Operation] = (
    Operation(method="GET", path="/me", scope=None, unit=show_account, answer=AccountShown),
    Operation(
        method="GET",
        path="/audit",
        scope="audit:read",
        unit=list_account_activity,
        answer=Items[activity.EventShown],
        query=paging.PARAMETERS,
    ),
)
