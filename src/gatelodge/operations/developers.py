"""Acts on developers: disable, enable, give a new password."""

import msgspec

from gatelodge.identity import people
from gatelodge.identity.developers import AccountState, Developer
from gatelodge.identity.errors import Unknown
from gatelodge.operations import new_passwords, signing_out
from gatelodge.operations.actor import Act
from gatelodge.operations.applications import end_tokens
from gatelodge.storage import applications, changes, developers, linked_identities, personal_tokens
from gatelodge.storage.connections import Connection


def find(conn: Connection, email: str) -> Developer:
    """Return the developer with this folded address. Raises ``Unknown``."""
    found = developers.find_by_email(conn, email) if email else None
    if found is None:
        raise Unknown("developer")
    return found


def disable(conn: Connection, act: Act, developer_id: int) -> Developer:
    """Shut a developer out: sessions and access tokens end, their own and their applications'.

    Raises ``NotAllowed`` and ``Unknown``.
    """
    act.actor.require("administrator")
    before = _of(conn, developer_id)
    after = _change_state(conn, before, "disabled")
    signing_out.developer_everywhere(conn, act, developer_id)
    personal_tokens.remove_all(conn, developer_id)
    for application in applications.of_owner(conn, developer_id):
        end_tokens(conn, act, application.id)
    changes.append(conn, "developer", developer_id)
    _record(conn, act.changing(before, after), "disable", after)
    return after


def enable(conn: Connection, act: Act, developer_id: int) -> Developer:
    """Let a disabled developer in again; what was revoked stays revoked."""
    act.actor.require("administrator")
    before = _of(conn, developer_id)
    can_sign_in = before.password_hash or linked_identities.of_person(conn, "developer", before.id)
    after = _change_state(conn, before, "active" if can_sign_in else "invited")
    changes.append(conn, "developer", developer_id)
    _record(conn, act.changing(before, after), "enable", after)
    return after


def set_password(conn: Connection, act: Act, developer_id: int, password_hash: str) -> Developer:
    """Give a developer a new password; sessions and personal access tokens end.

    Who knew the old one may have made some of them. Only oneself or an administrator may.
    Raises ``NotAllowed`` and ``Unknown``.
    """
    if not act.actor.owns(developer_id):
        act.actor.require("administrator")
    before = _of(conn, developer_id)
    after = msgspec.structs.replace(before, password_hash=password_hash)
    developers.replace(conn, after)
    signing_out.developer_everywhere(conn, act, developer_id)
    personal_tokens.remove_all(conn, developer_id)
    new_passwords.record(conn, act, people.of_developer(before), "set-password")
    new_passwords.tell(conn, act, people.of_developer(after))
    return after


def _change_state(conn: Connection, before: Developer, state: AccountState) -> Developer:
    after = msgspec.structs.replace(before, state=state)
    developers.replace(conn, after)
    return after


def _record(conn: Connection, act: Act, name: str, developer: Developer) -> None:
    detail = {"email": developer.email}
    act.record(conn, f"developer.{name}", "developer", developer.id, detail)


def _of(conn: Connection, developer_id: int) -> Developer:
    found = developers.find(conn, developer_id)
    if found is None:
        raise Unknown("developer")
    return found
