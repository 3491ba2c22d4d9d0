"""Sessions and what hangs on them: flash messages, consents, invitations, failures."""

import asyncio

import msgspec
import pytest
from sqlalchemy import Connection

from gatelodge.identity.consents import Consent
from gatelodge.identity.invites import Invite
from gatelodge.identity.sessions import Session
from gatelodge.identity.sign_in import Failures
from gatelodge.storage import clients, consents, flashes, invites, sessions, sign_in_failures
from gatelodge.storage.engine import Store
from gatelodge.storage.flashes import StoredFlash
from tests.storage.people import NOW, add_client, add_people


@pytest.fixture(autouse=True)
async def people(store: Store) -> None:
    """Fill the store."""
    await store.write(add_people)
    await store.write(add_client, 11)


def session(id_: int, subject_id: int = 22) -> Session:
    """Return a user's session."""
    return Session(
        id=id_,
        digest=b"d" * 32,
        kind="user",
        subject_id=subject_id,
        auth_time=NOW,
        amr=("pwd", "otp"),
        created_at=NOW,
        seen_at=NOW,
        expires_at=NOW + 100,
        address="::1",
        user_agent="Tests",
    )


async def test_a_session_comes_back_as_it_was(store: Store) -> None:
    """Every value survives; touching changes the time last seen."""
    await store.write(sessions.add, session(1))
    assert await store.read(sessions.find, 1) == session(1)
    await store.write(sessions.touch, 1, NOW + 5)
    found = await store.read(sessions.find, 1)
    assert found is not None
    assert found.seen_at == NOW + 5


async def test_replacing_ends_the_earlier_session(store: Store) -> None:
    """Another id ends the old row; the same id keeps it with a new secret, or makes it anew."""
    await store.write(sessions.replace, session(1), None)
    await store.write(sessions.replace, session(2), session(1))
    assert await store.read(sessions.find, 1) is None
    renewed = msgspec.structs.replace(session(2), digest=b"e" * 32)
    await store.write(sessions.replace, renewed, session(2))
    assert await store.read(sessions.find, 2) == renewed
    await store.write(sessions.end, 2)
    await store.write(sessions.replace, session(2), renewed)
    assert await store.read(sessions.find, 2) == session(2)


async def test_all_sessions_of_one_person_end(store: Store) -> None:
    """Others' sessions stay; expired ones are forgotten."""
    for id_, subject in ((1, 22), (2, 22), (3, 23)):
        await store.write(sessions.add, session(id_, subject))
    await store.write(sessions.end_all, "developer", 22)
    await store.write(sessions.end_all, "user", 22)
    found = [await store.read(sessions.find, id_) for id_ in (1, 2, 3)]
    assert found == [None, None, session(3, 23)]
    await store.write(sessions.forget, NOW + 99)
    assert await store.read(sessions.find, 3)
    await store.write(sessions.forget, NOW + 100)
    assert await store.read(sessions.find, 3) is None


async def test_a_flash_is_taken_once(store: Store) -> None:
    """Messages come in order, without expired ones, once, and go with their session."""
    await store.write(sessions.add, session(1))
    for id_, until in ((2, NOW + 10), (1, NOW + 10), (3, NOW)):
        flash = StoredFlash(id=id_, session_id=1, sealed=b"%d" % id_, expires_at=until)
        await store.write(flashes.add, flash)
    assert await store.read(flashes.waiting, 1)
    taken = await asyncio.gather(*(store.write(flashes.take, 1, NOW) for _ in range(8)))
    assert [list(one) for one in taken if one] == [[b"1", b"2"]]
    assert not await store.read(flashes.waiting, 1)

    await store.write(flashes.add, StoredFlash(id=4, session_id=1, sealed=b"", expires_at=NOW))
    await store.write(flashes.forget, NOW)
    assert not await store.read(flashes.waiting, 1)
    await store.write(flashes.add, StoredFlash(id=5, session_id=1, sealed=b"", expires_at=NOW + 1))
    await store.write(sessions.end, 1)
    assert not await store.read(flashes.waiting, 1)


async def test_consents_go_with_the_client(store: Store) -> None:
    """Kept for each user and client, changed, taken back, and gone with the consumer key."""
    agreed = Consent(
        id=1, user_id=22, client_row=11, scopes=frozenset({"a"}), created_at=1, updated_at=1
    )
    await store.write(consents.add, agreed)
    assert await store.read(consents.find, 22, 11) == agreed
    assert await store.read(consents.find, 23, 11) is None
    wider = msgspec.structs.replace(agreed, scopes=frozenset({"a", "b"}), updated_at=2)
    await store.write(consents.replace, wider)
    assert await store.read(consents.of_user, 22) == [wider]
    await store.write(consents.remove, 1)
    assert await store.read(consents.of_user, 22) == []
    await store.write(consents.add, agreed)
    await store.write(clients.remove, 11)
    assert await store.read(consents.of_user, 22) == []


async def test_an_invitation_is_spent_by_one_of_many(store: Store) -> None:
    """Of 32 who follow a link at once exactly one gets in; expired links let nobody in."""
    link = Invite(id=1, digest=b"d", developer_id=1, created_at=NOW, expires_at=NOW + 10)
    await store.write(invites.add, link)
    assert await store.read(invites.find, 1) == link
    assert not await store.write(invites.spend, 1, NOW + 10)
    spent = await asyncio.gather(*(store.write(invites.spend, 1, NOW) for _ in range(32)))
    assert sum(spent) == 1
    await store.write(invites.withdraw, 1)
    assert await store.read(invites.find, 1) is None


async def test_failures_are_counted_from_nothing(store: Store) -> None:
    """An unknown name starts at zero, is saved, cleared and forgotten."""
    assert await store.write(sign_in_failures.lock, b"n") == Failures()
    after = Failures(failures=3, last_at=NOW, locked_until=NOW + 1)
    await store.write(sign_in_failures.save, b"n", after)
    assert await store.write(sign_in_failures.lock, b"n") == after
    await store.write(sign_in_failures.forget, NOW)
    assert await store.write(sign_in_failures.lock, b"n") == after
    await store.write(sign_in_failures.clear, b"n")
    assert await store.write(sign_in_failures.lock, b"n") == Failures()


async def test_two_nodes_count_one_after_the_other(store: Store, database_url: str) -> None:
    """Counting on two nodes at once loses no failure."""
    other = await Store.open(database_url)

    def count(conn: Connection, digest: bytes) -> None:
        before = sign_in_failures.lock(conn, digest)
        after = msgspec.structs.replace(before, failures=before.failures + 1)
        sign_in_failures.save(conn, digest, after)

    await asyncio.gather(*(each.write(count, b"n") for _ in range(10) for each in (store, other)))
    await other.close()
    assert (await store.write(sign_in_failures.lock, b"n")).failures == 20
