"""Applications: list, add, show, change, delete, and their activity."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from gatelodge.catalog.applications import Application, Draft
from gatelodge.catalog.quotas import DEFAULT_QUOTA
from gatelodge.management import activity, matching, paging
from gatelodge.management.call import Answer, Call, Operation
from gatelodge.management.paging import Items
from gatelodge.management.shown import moment, row
from gatelodge.operations import applications as acts
from gatelodge.storage import applications
from gatelodge.storage.connections import Connection

PATH = "/applications"
ONE = "/applications/{application_id}"


class ApplicationShown(msgspec.Struct, frozen=True, kw_only=True):
    """An application; ``quota`` is the name of its per-token quota."""

    id: str
    name: str
    description: str
    quota: str
    state: str
    created_at: datetime
    updated_at: datetime


class NewApplication(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said of a new application."""

    name: str
    description: str = ""
    quota: str = DEFAULT_QUOTA


class ApplicationChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to change; what is left out stays."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    description: str | msgspec.UnsetType = msgspec.UNSET
    quota: str | msgspec.UnsetType = msgspec.UNSET


def shown(one: Application) -> ApplicationShown:
    """Return an application as it is answered."""
    return ApplicationShown(
        id=row(one.id),
        name=one.name,
        description=one.description,
        quota=one.quota,
        state=one.state,
        created_at=moment(one.created_at),
        updated_at=moment(one.updated_at),
    )


def of(conn: Connection, call: Call) -> Application:
    """Return the application the path names. Raises ``NoSuch`` for a foreign one too."""
    return acts.visible(conn, call.act.actor, call.row("application_id", "application"))


def list_applications(conn: Connection, call: Call) -> Answer:
    """List your applications, the oldest first."""
    page = paging.read(call.query)
    search = call.query.get("search", "")
    found = applications.after(conn, call.developer_id, page.row, page.limit + 1, search)
    items = [shown(one) for one in found[: page.limit]]
    following = paging.following([one.id for one in found], page)
    return Answer(value=Items(items=items, next_cursor=following))


def add_application(conn: Connection, call: Call) -> Answer:
    """Add an application."""
    body: NewApplication = call.body
    draft = Draft(name=body.name, description=body.description, quota=body.quota)
    made = shown(acts.create(conn, call.act, call.developer_id, draft))
    return Answer(value=made, tagged=made, location=f"{PATH}/{made.id}")


def show_application(conn: Connection, call: Call) -> Answer:
    """Show an application."""
    found = shown(of(conn, call))
    return Answer(value=found, tagged=found)


def change_application(conn: Connection, call: Call) -> Answer:
    """Change an application's name, description or quota."""
    before = of(conn, call)
    matching.check(call, shown(before))
    draft = Draft(name=before.name, description=before.description, quota=before.quota)
    wanted = {
        name: value
        for name, value in msgspec.structs.asdict(call.body).items()
        if value is not msgspec.UNSET
    }
    draft = msgspec.structs.replace(draft, **wanted)
    after = shown(acts.update(conn, call.act, before.id, draft))
    return Answer(value=after, tagged=after)


def delete_application(conn: Connection, call: Call) -> Answer:
    """Delete an application with its keys and subscriptions; its tokens end at once."""
    found = of(conn, call)
    matching.check(call, shown(found))
    # The version the caller names stands for the name that a person types into the form.
    acts.delete(conn, call.act, found.id, found.name)
    return Answer()


def list_activity(conn: Connection, call: Call) -> Answer:
    """List what was done to an application, the newest first."""
    return activity.of(conn, call, "application", of(conn, call).id)


OPERATIONS: Sequence[Operation] = (
    Operation(
        method="GET",
        path=PATH,
        scope="applications:read",
        unit=list_applications,
        answer=Items[ApplicationShown],
        query=(*paging.PARAMETERS, "search"),
    ),
    Operation(
        method="POST",
        path=PATH,
        scope="applications:write",
        unit=add_application,
        body=NewApplication,
        answer=ApplicationShown,
        status=201,
        tagged=True,
    ),
    Operation(
        method="GET",
        path=ONE,
        scope="applications:read",
        unit=show_application,
        answer=ApplicationShown,
        tagged=True,
    ),
    Operation(
        method="PATCH",
        path=ONE,
        scope="applications:write",
        unit=change_application,
        body=ApplicationChange,
        answer=ApplicationShown,
        matched=True,
        tagged=True,
    ),
    Operation(
        method="DELETE",
        path=ONE,
        scope="applications:write",
        unit=delete_application,
        status=204,
        matched=True,
    ),
    Operation(
        method="GET",
        path=f"{ONE}/audit",
        scope="audit:read",
        unit=list_activity,
        answer=Items[activity.EventShown],
        query=paging.PARAMETERS,
    ),
)
