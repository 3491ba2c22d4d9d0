"""The caches answer from memory and forget on the change log's word, before the writer wakes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from gatelodge.catalog.plans import STANDARD_PLANS
from gatelodge.identity.users import User
from gatelodge.oauth.clients import Client
from gatelodge.storage import changes, revocations
from gatelodge.storage.connections import Connection
from gatelodge.storage.engine import Store
from gatelodge.storage.live import ApplicationView, Bounded, Live, Loaders

NOW = 1_800_000_000


def user(name: str) -> User:
    """Return a user with this first name."""
    return User(
        id=7,
        account_id=1,
        login_name="jsmith",
        email="j@example.com",
        first_name=name,
        last_name="Smith",
        role="member",
        state="active",
        password_hash=None,
    )


class Source:
    """Stands where the tables would: answers what the test put there, and counts the questions."""

    def __init__(self) -> None:
        self.user = user("John")
        self.reads = 0
        self.meanwhile: Callable[[], None] = lambda: None

    def loaders(self) -> Loaders:
        """Return loaders over this source."""

        def load_user(conn: Connection, id_: int) -> User | None:
            assert conn is not None
            self.reads += 1
            self.meanwhile()
            return self.user if id_ == self.user.id else None

        def no_client(conn: Connection, key: str) -> Client | None:
            assert conn is not None
            assert key
            return None

        def no_application(conn: Connection, id_: int) -> ApplicationView | None:
            assert conn is not None
            assert id_
            return None

        return Loaders(
            client=no_client,
            application=no_application,
            user=load_user,
            apis=lambda _conn: [],
            plans=lambda _conn: list(STANDARD_PLANS),
        )


@pytest.fixture
def source() -> Source:
    """What the caches are filled from."""
    return Source()


@pytest.fixture
async def live(store: Store, source: Source) -> AsyncIterator[Live]:
    """Started caches over the source."""
    caches = Live(store, source.loaders())
    await caches.start(NOW)
    yield caches
    await caches.stop()


async def test_a_second_look_asks_nobody(live: Live, source: Source) -> None:
    """What was read once is answered from memory."""
    assert await live.user(7) == user("John")
    assert await live.user(7) == user("John")
    assert live.peek_user(7) == user("John")

    assert source.reads == 1


async def test_a_change_is_seen_by_the_next_look(live: Live, source: Source, store: Store) -> None:
    """Once the write that changed a user returns, nobody sees the old one."""
    await live.user(7)
    source.user = user("Jane")

    await store.write(changes.append, "user", 7)

    assert live.peek_user(7) is None
    assert await live.user(7) == user("Jane")


@pytest.mark.parametrize(("is_new", "reads"), [(False, 1), (True, 2)])
async def test_what_changes_while_reading(
    live: Live, source: Source, store: Store, *, is_new: bool, reads: int
) -> None:
    """Makes the answer too old to keep; rows of the log that come a second time do not."""
    await store.write(changes.append, "user", 1)
    seen = await store.read(changes.since, 0)
    late = changes.Change(id=seen[-1].id + 1, kind="user", ref=2, stamp=NOW, until=0)
    source.meanwhile = lambda: live.apply([late] if is_new else seen)
    await live.user(7)
    await live.user(7)
    assert source.reads == reads


async def test_what_is_missing_is_not_remembered(live: Live, source: Source) -> None:
    """Unknown identifiers take no room: each look asks again."""
    assert await live.user(8) is None
    assert await live.user(8) is None

    assert source.reads == 2


async def test_the_catalogue_gets_a_new_serial_after_a_change(live: Live, store: Store) -> None:
    """Whoever built something from the catalogue can tell that it is out of date."""
    before = await live.catalogue()
    assert live.peek_catalogue() is before

    await store.write(changes.append, "api", 0)

    assert live.peek_catalogue() is None
    assert (await live.catalogue()).serial != before.serial
    assert set(before.plans) >= {"Standard", "Unlimited"}


async def test_revocations_refuse_at_once(live: Live, store: Store) -> None:
    """A family, a token, a client's and a user's tokens are refused when the write returns."""

    def refused(family_id: int | None = 60) -> bool:
        return live.revoked(access_token_id=50, family_id=family_id, client_row=70, user_id=80)

    assert not refused()

    await store.write(revocations.revoke_user, 80, 49, NOW + 60)
    await store.write(revocations.revoke_client, 70, 49, NOW + 60)
    assert not refused()

    await store.write(revocations.revoke_family, 60, NOW + 60)
    assert refused()
    assert not refused(None)

    await store.write(revocations.revoke_client, 70, 50, NOW + 60)
    assert refused(None)
    await store.write(revocations.revoke_access_token, 51, NOW + 60)
    assert live.revoked(access_token_id=51, family_id=None, client_row=1, user_id=None)


async def test_a_withdrawn_consent_ends_one_client_s_tokens_for_one_user(
    live: Live, store: Store, source: Source
) -> None:
    """Another client's, another user's, the client's own and later tokens live on."""
    await store.write(revocations.revoke_consent, 80, 70, 50, NOW + 60)
    restarted = Live(store, source.loaders())
    await restarted.start(NOW)
    read = await store.read(revocations.concerning, [], [80, 81], [70, 71])
    cases: dict[tuple[int, int, int | None], bool] = {
        (50, 70, 80): True,
        (50, 71, 80): False,
        (50, 70, 81): False,
        (50, 70, None): False,
        (51, 70, 80): False,
    }
    for (row, client_row, user_id), ended in cases.items():
        person: dict[str, Any] = {"family_id": None, "client_row": client_row, "user_id": user_id}
        assert live.revoked(access_token_id=row, **person) == ended
        assert restarted.revoked(access_token_id=row, **person) == ended
        assert read.cover(token_id=row, **person) == ended
    live.forget(NOW + 60)
    assert not live.revoked(access_token_id=50, family_id=None, client_row=70, user_id=80)
    await restarted.stop()


@pytest.mark.parametrize("end", ["user", "client", "consent"])
async def test_what_is_issued_late_of_an_ended_family_is_ended(
    live: Live, store: Store, end: str
) -> None:
    """A node that hears of an end too late issues tokens with later ids: they are dead as well."""
    ends: dict[str, tuple[Any, ...]] = {
        "user": (revocations.revoke_user, 80, 50, NOW + 60),
        "client": (revocations.revoke_client, 70, 50, NOW + 60),
        "consent": (revocations.revoke_consent, 80, 70, 50, NOW + 60),
    }
    await store.write(*ends[end])
    read = await store.read(revocations.concerning, [], [80], [70])
    for family_id, ended in ((49, True), (50, True), (51, False)):
        facts: dict[str, Any] = {"family_id": family_id, "client_row": 70, "user_id": 80}
        assert live.revoked(access_token_id=52, **facts) == ended
        assert read.cover(token_id=52, **facts) == ended


async def test_a_restarted_node_still_refuses(store: Store, source: Source) -> None:
    """Revocations in force are read at the start, those that ran out are not."""
    await store.write(revocations.revoke_family, 60, NOW + 60)
    await store.write(revocations.revoke_family, 61, NOW - 1)
    fresh = Live(store, source.loaders())
    await fresh.start(NOW)

    assert fresh.revoked(access_token_id=1, family_id=60, client_row=1, user_id=None)
    assert not fresh.revoked(access_token_id=1, family_id=61, client_row=1, user_id=None)
    fresh.forget(NOW + 60)
    assert not fresh.revoked(access_token_id=1, family_id=60, client_row=1, user_id=None)
    await fresh.stop()


async def test_another_process_s_change_is_heard(
    live: Live, store: Store, database_url: str
) -> None:
    """A change made through another store on the same database arrives without being asked for."""
    heard = store.ids.next()
    other = await Store.open(database_url)
    arrived = _arrival(live, heard)

    await other.write(changes.append, "user", heard)
    await arrived
    await other.close()


def _arrival(live: Live, ref: int) -> asyncio.Future[None]:
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def listen(change: changes.Change) -> None:
        if change.ref == ref and not future.done():
            future.set_result(None)

    live.subscribe(listen)
    return future


def test_a_bounded_cache_drops_what_nobody_asks_for() -> None:
    """Whoever calls all the time stays, however many others come by once."""
    cache: Bounded[int, str] = Bounded(2)
    cache.put(1, "1")
    for key in (2, 3, 4):
        cache.put(key, str(key))
        assert cache.get(1) == "1"

    assert [cache.get(key) for key in (1, 2, 3, 4)] == ["1", None, None, "4"]
