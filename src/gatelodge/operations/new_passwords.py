"""Giving a person a new password: what was signed in with the old one ends, and they are told."""

from gatelodge.identity.errors import LinkRefused, Unknown
from gatelodge.identity.letters import Letter
from gatelodge.identity.people import Person
from gatelodge.operations import signing_out
from gatelodge.operations.actor import Act
from gatelodge.storage import outbox, people, personal_tokens
from gatelodge.storage.connections import Connection


def change_own(conn: Connection, act: Act, person: Person, password_hash: str, keep: int) -> None:
    """Replace one's own password; the session ``keep`` goes on, all others and all tokens end.

    Raises ``NotAllowed``, and ``Unknown`` when it was changed elsewhere meanwhile.
    """
    if act.actor.kind != person.kind or act.actor.id != person.id:
        act.actor.require("administrator")
    if not people.replace_password(conn, person, password_hash):
        raise Unknown(person.kind)
    end_all(conn, act, person, keep=keep)
    record(conn, act, person, "change-password")


def by_link(conn: Connection, act: Act, person: Person, password_hash: str) -> None:
    """Replace the password of who came by a link that was spent just now.

    Raises ``LinkRefused`` when the password is another one by now, which kills the link.
    """
    if not people.replace_password(conn, person, password_hash):
        raise LinkRefused
    end_all(conn, act, person)
    record(conn, act, person, "reset-password")


def record(conn: Connection, act: Act, before: Person, name: str) -> None:
    """Write down that a person, as they were before, has a new password."""
    had = {"has_password": before.password_hash is not None}
    changing = act.changing(had, {"has_password": True})
    changing.record(conn, f"{before.kind}.{name}", before.kind, before.id)


def end_all(conn: Connection, act: Act, person: Person, keep: int | None = None) -> None:
    """End sessions but one, refresh, access and personal tokens; leave word for the person."""
    everywhere = (
        signing_out.user_everywhere if person.kind == "user" else signing_out.developer_everywhere
    )
    everywhere(conn, act, person.id, keep)
    if person.kind == "developer":
        # Whoever knew the old password may have made some of them.
        personal_tokens.remove_all(conn, person.id)
    tell(conn, act, person)


def tell(conn: Connection, act: Act, person: Person) -> None:
    """Leave word that the password was changed."""
    letter = Letter(
        id=act.ids.next(),
        kind="password-changed",
        person_kind=person.kind,
        person_id=person.id,
        created_at=act.now,
        next_at=act.now,
    )
    outbox.add(conn, letter)
