"""Acts on applications: register, change, delete, block."""

import msgspec

from gatelodge.catalog import applications as rules
from gatelodge.catalog.applications import Application, ApplicationState, Draft
from gatelodge.catalog.errors import NameTaken, NoSuch
from gatelodge.oauth.clients import LONGEST_LIFETIME
from gatelodge.operations.actor import Act, Actor
from gatelodge.storage import applications, changes, clients, revocations
from gatelodge.storage.connections import Connection


def visible(conn: Connection, actor: Actor, application_id: int) -> Application:
    """Return an application the actor may see and change: its owner, and administrators.

    Raises ``NoSuch`` for a missing one and a foreign one alike.
    """
    found = applications.find(conn, application_id)
    if found is None or not (actor.owns(found.owner_id) or actor.has("administrator")):
        raise NoSuch("application")
    return found


def create(conn: Connection, act: Act, owner_id: int, draft: Draft) -> Application:
    """Register an application for a developer. Raises ``Invalid`` and ``NameTaken``."""
    if not act.actor.owns(owner_id):
        act.actor.require("administrator")
    checked = rules.check(draft)
    _refuse_taken_name(conn, owner_id, checked.name, None)
    application = Application(
        id=act.ids.next(),
        owner_id=owner_id,
        name=checked.name,
        description=checked.description,
        quota=checked.quota,
        state="active",
        created_at=act.now,
        updated_at=act.now,
    )
    applications.add(conn, application)
    _record(conn, act.changing(None, application), "create", application)
    return application


def update(conn: Connection, act: Act, application_id: int, draft: Draft) -> Application:
    """Change name, description and quota. Raises ``Invalid``, ``NameTaken`` and ``NoSuch``."""
    before = visible(conn, act.actor, application_id)
    checked = rules.check(draft)
    _refuse_taken_name(conn, before.owner_id, checked.name, application_id)
    after = msgspec.structs.replace(
        before,
        name=checked.name,
        description=checked.description,
        quota=checked.quota,
        updated_at=act.now,
    )
    applications.replace(conn, after)
    changes.append(conn, "application", application_id)
    detail = {
        field: [getattr(before, field), getattr(after, field)]
        for field in ("name", "description", "quota")
        if getattr(before, field) != getattr(after, field)
    }
    changing = act.changing(before, after)
    changing.record(conn, "application.update", "application", application_id, detail)
    return after


def delete(conn: Connection, act: Act, application_id: int, typed_name: str) -> Application:
    """Delete an application with its keys and subscriptions; its tokens end with the commit.

    Raises ``NoSuch``, and ``Conflict`` unless ``typed_name`` is the application's name.
    """
    application = visible(conn, act.actor, application_id)
    rules.check_deletion(application, typed_name)
    end_tokens(conn, act, application_id)
    applications.remove(conn, application_id)
    changes.append(conn, "application", application_id)
    _record(conn, act.changing(application, None), "delete", application)
    return application


def block(conn: Connection, act: Act, application_id: int) -> Application:
    """Shut an application out until it is unblocked; its tokens end for good (administrators)."""
    blocked = _change_state(conn, act, application_id, "blocked")
    end_tokens(conn, act, application_id)
    return blocked


def unblock(conn: Connection, act: Act, application_id: int) -> Application:
    """Let a blocked application in again (administrators)."""
    return _change_state(conn, act, application_id, "active")


def end_tokens(conn: Connection, act: Act, application_id: int) -> None:
    """End every code and token that an application's keys were given so far."""
    until = act.now + LONGEST_LIFETIME
    for client in clients.of_application(conn, application_id):
        revocations.revoke_client(conn, client.id, act.ids.next(), until)


def _change_state(
    conn: Connection, act: Act, application_id: int, state: ApplicationState
) -> Application:
    act.actor.require("administrator")
    before = visible(conn, act.actor, application_id)
    after = msgspec.structs.replace(before, state=state, updated_at=act.now)
    applications.replace(conn, after)
    changes.append(conn, "application", application_id)
    name = "block" if state == "blocked" else "unblock"
    _record(conn, act.changing(before, after), name, after)
    return after


def _record(conn: Connection, act: Act, name: str, application: Application) -> None:
    detail = {"name": application.name}
    act.record(conn, f"application.{name}", "application", application.id, detail)


def _refuse_taken_name(
    conn: Connection, owner_id: int, name: str, application_id: int | None
) -> None:
    found = applications.find_named(conn, owner_id, name)
    if found is not None and found.id != application_id:
        raise NameTaken(found.name)
