"""Asking for a new password and choosing it, on both databases."""

from collections.abc import Callable

import msgspec
import pytest
from sqlalchemy import Connection, select, update

from gatelodge.identity.errors import LinkRefused, TooOften
from gatelodge.identity.people import Person
from gatelodge.identity.sessions import Kind, Session
from gatelodge.operations import resets
from gatelodge.operations.actor import Act, Actor
from gatelodge.operations.resets import Wanted
from gatelodge.storage import audit, outbox, people, revocations, schema, sessions, users
from gatelodge.storage.engine import Store
from gatelodge.storage.mail_schema import outbox as table
from tests.operations.conftest import NOW, OWNER
from tests.operations.people import AJONES, JSMITH, PASSWORD, add_passwords

KEY = b"r" * 32


@pytest.fixture
async def peopled(store: Store) -> Store:
    """The store with people who have passwords."""
    await store.write(add_passwords)
    return store


def act(store: Store, kind: Kind = "user", now: int = NOW, address: str = "192.0.2.1") -> Act:
    """Return an act of somebody who is not signed in."""
    actor = Actor(kind=kind, name="somebody", address=address)
    return Act(actor=actor, now=now, ids=store.ids)


async def person(store: Store, kind: Kind, id_: int) -> Person:
    """Return a person as stored."""
    found = await store.read(people.find, kind, id_)
    assert found is not None
    return found


def waiting(conn: Connection) -> list[int | None]:
    """Return whom the letters are for."""
    return list(conn.execute(select(table.c.person_id).order_by(table.c.id)).scalars())


async def test_known_and_unknown_names_write_the_same(peopled: Store) -> None:
    """Each request writes one letter and one line of the log; nobody's letter is for nobody."""
    jsmith = await person(peopled, "user", JSMITH)
    for typed, found in (("jsmith", jsmith), ("nobody", None)):
        wanted = Wanted(kind="user", typed=typed, person=found)
        await peopled.write(resets.ask, act(peopled), KEY, wanted)
    assert await peopled.read(waiting) == [JSMITH, None]


async def test_a_person_gets_three_mails_an_hour_whoever_asks(peopled: Store) -> None:
    """Further requests from any address look the same and are for nobody; an hour later it goes."""
    wanted = Wanted(kind="user", typed="jsmith", person=await person(peopled, "user", JSMITH))
    for number in range(5):
        request = act(peopled, address=f"192.0.2.{number}")
        await peopled.write(resets.ask, request, KEY, wanted)
    await peopled.write(resets.ask, act(peopled, now=NOW + 3_600), KEY, wanted)
    assert await peopled.read(waiting) == [JSMITH] * 3 + [None] * 2 + [JSMITH]


async def test_an_address_that_asks_too_often_is_told(peopled: Store) -> None:
    """After its share of an hour it is refused, and nothing is queued; others are not touched."""
    nobody = Wanted(kind="developer", typed="x@example.com", person=None)
    for _ in range(60):
        await peopled.write(resets.ask, act(peopled), KEY, nobody)
    with pytest.raises(TooOften) as refused:
        await peopled.write(resets.ask, act(peopled), KEY, nobody)
    assert refused.value.retry_after == 3_600
    await peopled.write(resets.ask, act(peopled, address="192.0.2.2"), KEY, nobody)
    assert len(await peopled.read(waiting)) == 61


async def test_one_subscriber_is_one_address(peopled: Store) -> None:
    """Whoever has 2**64 IPv6 addresses to ask from asks from one network."""
    nobody = Wanted(kind="user", typed="x", person=None)
    for number in range(60):
        await peopled.write(resets.ask, act(peopled, address=f"2001:db8::{number:x}"), KEY, nobody)
    with pytest.raises(TooOften):
        await peopled.write(resets.ask, act(peopled, address="2001:db8::1:2:3:4"), KEY, nobody)
    await peopled.write(resets.ask, act(peopled, address="2001:db8:0:1::1"), KEY, nobody)


@pytest.mark.parametrize(("kind", "id_"), [("user", JSMITH), ("developer", OWNER)])
async def test_a_new_password_ends_what_was_signed_in(peopled: Store, kind: Kind, id_: int) -> None:
    """The hash is new, sessions and a user's tokens end, word is left, it is logged."""
    before = await person(peopled, kind, id_)
    session = Session(
        id=peopled.ids.next(),
        digest=b"s",
        kind=kind,
        subject_id=id_,
        auth_time=NOW,
        amr=("pwd",),
        created_at=NOW,
        seen_at=NOW,
        expires_at=NOW + 60,
        address="",
        user_agent="",
    )
    await peopled.write(sessions.replace, session, None)
    text = await peopled.write(resets.make_link, act(peopled, kind), KEY, before)

    found = await peopled.read(resets.look, KEY, kind, text, NOW)
    assert found.id == id_
    changed = await peopled.write(resets.reset, act(peopled, kind), KEY, text, "new hash")

    assert (await person(peopled, kind, id_)).password_hash == "new hash"
    assert await peopled.read(sessions.find, session.id) is None
    (letter,) = await peopled.read(outbox.due, NOW, 10)
    assert (letter.kind, letter.person_id) == ("password-changed", id_)
    events = await peopled.read(audit.of_object, kind, changed.id)
    assert [event.act for event in events] == [f"{kind}.reset-password"]
    if kind == "user":
        ended = await peopled.read(revocations.concerning, (), (id_,), ())
        assert ended.users[id_] > session.id


async def refused(store: Store, text: str, now: int = NOW, kind: Kind = "user") -> bool:
    """Say whether a link is refused, by the page and by the act, and changes nothing."""
    before = await person(store, "user", JSMITH)
    with pytest.raises(LinkRefused):
        await store.read(resets.look, KEY, kind, text, now)
    with pytest.raises(LinkRefused):
        await store.write(resets.reset, act(store, kind, now), KEY, text, "stolen")
    return await person(store, "user", JSMITH) == before


async def test_links_that_do_not_open(peopled: Store) -> None:
    """Invented, another kind's, expired, spent, and every other one once the password changed."""
    jsmith = await person(peopled, "user", JSMITH)
    one = await peopled.write(resets.make_link, act(peopled), KEY, jsmith)
    two = await peopled.write(resets.make_link, act(peopled), KEY, jsmith)
    other = await peopled.write(
        resets.make_link, act(peopled), b"x" * 32, await person(peopled, "user", AJONES)
    )
    assert await refused(peopled, "")
    assert await refused(peopled, one[:-1] + ("A" if one[-1] != "A" else "B"))
    assert await refused(peopled, other)
    assert await refused(peopled, one, kind="developer")
    assert await refused(peopled, one, now=NOW + 1_800)
    await peopled.write(resets.reset, act(peopled), KEY, one, "new hash")
    assert await refused(peopled, one)
    assert await refused(peopled, two)


def move(conn: Connection) -> None:
    """Give jsmith another mailbox."""
    conn.execute(
        update(schema.users).where(schema.users.c.id == JSMITH).values(email="new@example.com")
    )


async def test_a_link_to_a_former_mailbox_is_dead(peopled: Store) -> None:
    """Whoever reads the old mailbox gets nothing once the account has moved to another."""
    jsmith = await person(peopled, "user", JSMITH)
    text = await peopled.write(resets.make_link, act(peopled), KEY, jsmith)
    await peopled.write(move)
    assert await refused(peopled, text)


async def test_a_disabled_persons_link_is_dead(peopled: Store) -> None:
    """Who was shut out does not come back by a link."""
    jsmith = await person(peopled, "user", JSMITH)
    text = await peopled.write(resets.make_link, act(peopled), KEY, jsmith)
    await peopled.write(users.set_state, JSMITH, "disabled")
    assert await refused(peopled, text)


async def test_the_password_that_changes_in_between_wins(peopled: Store) -> None:
    """A hash is replaced only while it is the one that was read; no password counts, too."""
    jsmith = await person(peopled, "user", JSMITH)
    await peopled.write(users.set_password, JSMITH, "meanwhile")
    replace: Callable[..., bool] = people.replace_password
    assert not await peopled.write(replace, jsmith, "late")
    none = msgspec.structs.replace(jsmith, password_hash=None)
    assert not await peopled.write(replace, none, "late")
    assert (await person(peopled, "user", JSMITH)).password_hash == "meanwhile"
    assert PASSWORD != "meanwhile"
