"""A forgotten password: ask for a link, make it when its mail is sent, choose anew."""

import os

import msgspec

from gatelodge.identity import resets as rules
from gatelodge.identity.errors import LinkRefused, TooOften
from gatelodge.identity.letters import Letter
from gatelodge.identity.people import Person
from gatelodge.identity.resets import ResetLink
from gatelodge.identity.sessions import Kind, network
from gatelodge.oauth import digests, opaque
from gatelodge.operations import new_passwords
from gatelodge.operations.actor import Act
from gatelodge.storage import outbox, people, reset_links, sign_in_failures
from gatelodge.storage.connections import Connection

DIGEST = "reset-link"
"""The purpose of the key that digests links' secrets and the names requests are counted under."""


PLACES: dict[Kind, str] = {"developer": "/login", "user": "/signin"}
"""Below which page each kind asks for a new password (``/forgot``) and chooses it (``/reset``)."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Whose password was said to be forgotten: somebody, or nobody who is known."""

    kind: Kind
    typed: str
    person: Person | None


def ask(conn: Connection, act: Act, key: bytes, wanted: Wanted) -> None:
    """Queue a mail with a link.

    The same is read and written whoever was named, so that neither the answer nor its time tells
    whether there is an account. Raises ``TooOften`` for the address the request came from.
    """
    if not _count(conn, act, key, f"address {network(act.actor.address)}", rules.PER_ADDRESS):
        raise TooOften(rules.WINDOW)
    person = wanted.person
    name = wanted.typed.casefold() if person is None else str(person.id)
    counted = _count(conn, act, key, f"{wanted.kind} {name}", rules.PER_PERSON)
    known = None if person is None else person.id
    letter = Letter(
        id=act.ids.next(),
        kind="reset",
        person_kind=wanted.kind,
        person_id=known if counted else None,
        created_at=act.now,
        next_at=act.now,
    )
    outbox.add(conn, letter)
    detail = {"sent": counted and known is not None}
    act.record(conn, f"{wanted.kind}.ask-reset", wanted.kind, known, detail)


def make_link(conn: Connection, act: Act, key: bytes, person: Person) -> str:
    """Return the text of a fresh link, the only time it can be read."""
    secret = os.urandom(opaque.SECRET_BYTES)
    link = ResetLink(
        id=act.ids.next(),
        digest=digests.digest(key, secret),
        kind=person.kind,
        person_id=person.id,
        bound=_bound(key, person),
        created_at=act.now,
        expires_at=act.now + rules.LIFETIME,
    )
    reset_links.forget(conn, act.now)
    reset_links.add(conn, link)
    return opaque.write(opaque.RESET, link.id, secret)


def look(conn: Connection, key: bytes, kind: Kind, text: str, now: int) -> Person:
    """Return who a link is for. Raises ``LinkRefused``."""
    return _opened(conn, key, kind, text, now)[1]


def reset(conn: Connection, act: Act, key: bytes, text: str, password_hash: str) -> Person:
    """Spend a link and store the new password; everything signed in before ends.

    Raises ``LinkRefused``.
    """
    kind: Kind = "user" if act.actor.kind == "user" else "developer"
    link, person = _opened(conn, key, kind, text, act.now)
    if not reset_links.spend(conn, link.id, act.now):
        raise LinkRefused
    new_passwords.by_link(conn, act, person, password_hash)
    return person


def _opened(
    conn: Connection, key: bytes, kind: Kind, text: str, now: int
) -> tuple[ResetLink, Person]:
    presented = opaque.read(opaque.RESET, text)
    found = None if presented is None else reset_links.find(conn, presented.row_id)
    if presented is None or found is None or found.kind != kind or not found.open(now):
        raise LinkRefused
    person = people.find(conn, kind, found.person_id)
    right = digests.same(found.digest, digests.digest(key, presented.secret))
    if not right or person is None or not person.active:
        raise LinkRefused
    if not digests.same(found.bound, _bound(key, person)):
        raise LinkRefused
    return found, person


def _bound(key: bytes, person: Person) -> bytes:
    # To the mailbox as well: whoever moved an account away from one has a reason to.
    return digests.digest(key, f"bound {person.password_hash or ''}\n{person.email}".encode())


def _count(conn: Connection, act: Act, key: bytes, name: str, most: int) -> bool:
    """Count a request under a digest of a name; false when there were too many."""
    digest = digests.digest(key, name.encode())
    after = rules.asked(sign_in_failures.lock(conn, digest), act.now, most)
    if after is None:
        return False
    sign_in_failures.save(conn, digest, after)
    return True
