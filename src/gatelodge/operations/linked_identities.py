"""Acts on linked identities: sign in with one, link, unlink; joining is in ``joining``."""

from collections.abc import Sequence

from gatelodge.identity import linked as rules
from gatelodge.identity.developers import Developer
from gatelodge.identity.errors import Unknown
from gatelodge.identity.factors import Person
from gatelodge.identity.linked import LinkedElsewhere, LinkedIdentity
from gatelodge.identity.users import User
from gatelodge.oauth.upstream_identity import Identity
from gatelodge.operations.actor import Act, Actor, Occasion
from gatelodge.providers import Side
from gatelodge.storage import developers, factors, linked_identities, users
from gatelodge.storage.connections import Connection


def enter_developer(conn: Connection, when: Occasion, who: Identity) -> Developer | None:
    """Return the developer an identity belongs to and write down that they came.

    ``None`` if it is linked to nobody. Raises ``Unknown`` for one who is disabled.
    """
    link = linked_identities.find(conn, "developer", who.issuer, who.subject)
    if link is None:
        return None
    found = developers.find(conn, link.person_id)
    if found is None or found.state != "active":
        raise Unknown("developer")
    _enter(conn, when, link, who, found.email)
    return found


def enter_user(conn: Connection, when: Occasion, who: Identity) -> User | None:
    """Return the user an identity belongs to and write down that they came; like developers."""
    link = linked_identities.find(conn, "user", who.issuer, who.subject)
    if link is None:
        return None
    found = users.find(conn, link.person_id)
    if found is None or found.state != "active":
        raise Unknown("user")
    _enter(conn, when, link, who, found.login_name)
    return found


def link(conn: Connection, act: Act, side: Side, who: Identity) -> LinkedIdentity:
    """Link an identity to the actor, who has just proven both. Raises ``LinkedElsewhere``."""
    if act.actor.id is None:
        raise Unknown(side)
    made = LinkedIdentity(
        id=act.ids.next(),
        issuer=who.issuer,
        subject=who.subject,
        side=side,
        person_id=act.actor.id,
        label=label_of(who),
        created_at=act.now,
        used_at=act.now,
    )
    if not linked_identities.add(conn, made):
        found = linked_identities.find(conn, side, who.issuer, who.subject)
        if found is None or found.person_id != made.person_id:
            raise LinkedElsewhere
        return found
    changing = act.changing(None, made)
    changing.record(conn, f"{side}.link", side, made.person_id, _detail(made))
    return made


def unlink(conn: Connection, act: Act, side: Side, typed: str) -> None:
    """Remove the actor's link whose number was sent. Raises ``OnlyWayIn`` and ``Unknown``."""
    person_id = act.actor.id
    if person_id is None:
        raise Unknown(side)
    mine = linked_identities.of_person(conn, side, person_id)
    gone = next((each for each in mine if str(each.id) == typed), None)
    if gone is None:
        raise Unknown("linked account")
    rules.check_unlink(
        has_password=_has_password(conn, side, person_id),
        has_passkey=factors.of(conn, Person(side, person_id)).passkeys > 0,
        links=len(mine),
    )
    if not linked_identities.remove(conn, side, person_id, gone.id):
        raise Unknown("linked account")
    changing = act.changing(gone, None)
    changing.record(conn, f"{side}.unlink", side, person_id, _detail(gone))


def label_of(who: Identity) -> str:
    """Return what a provider's account is shown as: its address, else its name, else its id."""
    return (who.email or who.name or who.subject)[:254]


def of_person(conn: Connection, side: Side, person_id: int) -> Sequence[LinkedIdentity]:
    """Return a person's links, the oldest first."""
    return linked_identities.of_person(conn, side, person_id)


def _enter(
    conn: Connection, when: Occasion, used: LinkedIdentity, who: Identity, name: str
) -> None:
    linked_identities.use(conn, used.id, when.now, label_of(who))
    act = act_of(when, used.side, used.person_id, name)
    act.record(conn, f"{used.side}.sign-in-linked", used.side, used.person_id, _detail(used))


def act_of(when: Occasion, side: Side, person_id: int, name: str) -> Act:
    """Return the act of somebody who has just been found."""
    actor = Actor(kind=side, id=person_id, name=name, address=when.address)
    return Act(actor=actor, now=when.now, ids=when.ids, request_id=when.request_id)


def _has_password(conn: Connection, side: Side, person_id: int) -> bool:
    found = (developers if side == "developer" else users).find(conn, person_id)
    return found is not None and found.password_hash is not None


def _detail(one: LinkedIdentity) -> dict[str, object]:
    return {"issuer": one.issuer, "account": one.label}
