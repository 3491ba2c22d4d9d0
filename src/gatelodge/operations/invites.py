"""Invitations: make a one-time link, look at one, take it up."""

import os
from collections.abc import Mapping

import msgspec

from gatelodge.identity import invites as rules
from gatelodge.identity.developers import Developer, Role
from gatelodge.identity.errors import AlreadyThere, Invalid, InviteRefused
from gatelodge.identity.invites import Invite
from gatelodge.identity.letters import Letter
from gatelodge.oauth import digests, opaque
from gatelodge.operations.actor import Act
from gatelodge.storage import changes, developers, invites, locks, outbox
from gatelodge.storage.connections import Connection

DIGEST = "invite"
"""The purpose of the key that digests links' secrets."""


class Invited(msgspec.Struct, frozen=True, kw_only=True):
    """An invited developer and the text of the link, the only time it can be read."""

    developer: Developer
    text: str
    expires_at: int

    def __repr__(self) -> str:
        """Show nothing of the link."""
        return f"Invited({self.developer.email})"


class Acceptance(msgspec.Struct, frozen=True, kw_only=True):
    """What the invited person typed; ``password_hash`` is of a password that was checked."""

    email: str
    name: str
    password_hash: str


def invite(conn: Connection, act: Act, key: bytes, email: str, roles: frozenset[Role]) -> Invited:
    """Invite a developer, or replace the link of one who has not taken it up yet.

    Raises ``NotAllowed``, ``Invalid`` and ``AlreadyThere``.
    """
    return _link(conn, act, key, _invite(conn, act, email, roles))


def invite_by_mail(conn: Connection, act: Act, email: str, roles: frozenset[Role]) -> Developer:
    """Invite a developer by a letter, whose link is made when it is sent. Raises as ``invite``."""
    developer = _invite(conn, act, email, roles)
    letter = Letter(
        id=act.ids.next(),
        kind="invite",
        person_kind="developer",
        person_id=developer.id,
        created_at=act.now,
        next_at=act.now,
    )
    outbox.add(conn, letter)
    return developer


def _invite(conn: Connection, act: Act, email: str, roles: frozenset[Role]) -> Developer:
    act.actor.require("administrator")
    folded = rules.email_of(email)
    problem = rules.email_objection(folded)
    if problem is not None:
        raise Invalid({"email": problem})
    found = developers.find_by_email(conn, folded)
    if found is not None and found.state != "invited":
        raise AlreadyThere(folded)
    developer = _invited(conn, act, found, folded, roles)
    _record_invitation(conn, act, found, developer)
    return developer


def _record_invitation(
    conn: Connection, act: Act, before: Developer | None, developer: Developer
) -> None:
    changing = act.changing(before, developer)
    detail = {"email": developer.email, "roles": sorted(developer.roles)}
    changing.record(conn, "developer.invite", "developer", developer.id, detail)


def first_administrator(conn: Connection, act: Act, key: bytes) -> Invited | None:
    """Return a link that makes the first administrator; ``None`` if there is one.

    An earlier such link works no longer. Whoever follows it chooses the address, too.
    """
    locks.take(conn, "installation")
    if developers.with_role(conn, "administrator"):
        return None
    found = developers.find_by_email(conn, "")
    developer = _invited(conn, act, found, "", rules.roles_of({"administrator", "publisher"}))
    _record_invitation(conn, act, found, developer)
    return _link(conn, act, key, developer)


def link_again(conn: Connection, act: Act, key: bytes, developer_id: int) -> Invited | None:
    """Return a further link for the mail to a developer who has not come yet, else ``None``."""
    developer = developers.find(conn, developer_id)
    if developer is None or developer.state != "invited":
        return None
    return _link(conn, act, key, developer)


def look(conn: Connection, key: bytes, text: str, now: int) -> Developer:
    """Return who a link invites. Raises ``InviteRefused``."""
    return _opened(conn, key, text, now)[1]


def accept(conn: Connection, act: Act, key: bytes, text: str, typed: Acceptance) -> Developer:
    """Take an invitation up: the link is spent, the developer active.

    Raises ``InviteRefused``, ``Invalid`` and ``AlreadyThere``.
    """
    invite, developer = _opened(conn, key, text, act.now)
    email = developer.email or rules.email_of(typed.email)
    wrong = problems(developer, email, typed.name)
    if wrong:
        raise Invalid(wrong)
    taken = developers.find_by_email(conn, email)
    if taken is not None and taken.id != developer.id:
        raise AlreadyThere(email)
    if not invites.spend(conn, invite.id, act.now):
        raise InviteRefused
    after = msgspec.structs.replace(
        developer,
        email=email,
        name=typed.name.strip(),
        password_hash=typed.password_hash,
        state="active",
    )
    developers.replace(conn, after)
    changes.append(conn, "developer", after.id)
    changing = act.changing(developer, after)
    changing.record(conn, "developer.accept", "developer", after.id, {"email": email})
    return after


def problems(developer: Developer, email: str, name: str) -> Mapping[str, str]:
    """Return what is wrong with what an invited person typed, a sentence for each field."""
    found = {
        "email": None if developer.email else rules.email_objection(rules.email_of(email)),
        "name": rules.name_objection(name.strip()),
    }
    return {field: problem for field, problem in found.items() if problem is not None}


def _invited(
    conn: Connection, act: Act, found: Developer | None, email: str, roles: frozenset[Role]
) -> Developer:
    if found is not None:
        after = msgspec.structs.replace(found, roles=roles)
        developers.replace(conn, after)
        invites.withdraw(conn, found.id)
        return after
    developer = Developer(
        id=act.ids.next(),
        email=email,
        name="",
        roles=roles,
        state="invited",
        password_hash=None,
        created_at=act.now,
    )
    developers.add(conn, developer)
    return developer


def _link(conn: Connection, act: Act, key: bytes, developer: Developer) -> Invited:
    secret = os.urandom(opaque.SECRET_BYTES)
    made = Invite(
        id=act.ids.next(),
        digest=digests.digest(key, secret),
        developer_id=developer.id,
        created_at=act.now,
        expires_at=act.now + rules.LIFETIME,
    )
    invites.add(conn, made)
    text = opaque.write(opaque.INVITE, made.id, secret)
    return Invited(developer=developer, text=text, expires_at=made.expires_at)


def _opened(conn: Connection, key: bytes, text: str, now: int) -> tuple[Invite, Developer]:
    presented = opaque.read(opaque.INVITE, text)
    found = None if presented is None else invites.find(conn, presented.row_id)
    if presented is None or found is None or not found.open(now):
        raise InviteRefused
    developer = developers.find(conn, found.developer_id)
    right = digests.same(found.digest, digests.digest(key, presented.secret))
    if not right or developer is None or developer.state != "invited":
        raise InviteRefused
    return found, developer
