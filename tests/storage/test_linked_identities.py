"""Links and attempts on both databases: taken once, spent once."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest

from gatelodge.identity.linked import LinkedIdentity
from gatelodge.storage import linked_identities, upstream_attempts
from gatelodge.storage.engine import Store
from gatelodge.storage.upstream_attempts import Attempt

LINK = LinkedIdentity(
    id=1,
    issuer="https://id.example",
    subject="s",
    side="developer",
    person_id=7,
    label="ada@example.com",
    created_at=100,
    used_at=100,
)
ATTEMPT = Attempt(
    id=5,
    digest=b"d" * 32,
    browser=b"b" * 32,
    provider="acme",
    side="user",
    back="sealed",
    person_id=None,
    expires_at=1_000,
)


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """An empty store."""
    opened = await Store.open(database_url)
    yield opened
    await opened.close()


async def test_an_account_belongs_to_one_person(store: Store) -> None:
    """One account of a provider has one person, and a person one account of each provider."""
    assert await store.write(linked_identities.add, LINK)
    change = msgspec.structs.replace
    assert not await store.write(linked_identities.add, change(LINK, id=2, person_id=8))
    assert not await store.write(linked_identities.add, change(LINK, id=3, subject="t"))
    as_user = change(LINK, id=4, side="user")
    assert await store.write(linked_identities.add, as_user)

    found = await store.read(linked_identities.find, "developer", LINK.issuer, "s")
    assert found == LINK
    assert await store.read(linked_identities.find, "user", LINK.issuer, "s") == as_user
    assert await store.read(linked_identities.find, "developer", LINK.issuer, "S") is None
    assert await store.read(linked_identities.of_person, "developer", 8) == []


async def test_using_and_removing(store: Store) -> None:
    """A use changes time and label; only the owner's own link can be removed, once."""
    await store.write(linked_identities.add, LINK)
    await store.write(linked_identities.use, 1, 200, "ada@new.example")
    (used,) = await store.read(linked_identities.of_person, "developer", 7)
    assert (used.used_at, used.label) == (200, "ada@new.example")

    assert not await store.write(linked_identities.remove, "developer", 8, 1)
    assert not await store.write(linked_identities.remove, "user", 7, 1)
    assert await store.write(linked_identities.remove, "developer", 7, 1)
    assert not await store.write(linked_identities.remove, "developer", 7, 1)


async def test_an_attempt_comes_back_once(store: Store) -> None:
    """Of many who bring one state at once exactly one gets the attempt; a wrong one spends none."""
    await store.write(upstream_attempts.add, ATTEMPT)
    assert await store.write(upstream_attempts.spend, 5, b"x" * 32, 10) is None
    tries = (store.write(upstream_attempts.spend, 5, ATTEMPT.digest, 10) for _ in range(16))
    assert sorted(found is not None for found in await asyncio.gather(*tries)) == [False] * 15 + [
        True
    ]


async def test_an_old_attempt_is_worth_nothing(store: Store) -> None:
    """One that came back too late is gone, and so is one that never came."""
    await store.write(upstream_attempts.add, ATTEMPT)
    assert await store.write(upstream_attempts.spend, 5, ATTEMPT.digest, 1_000) is None
    await store.write(upstream_attempts.add, ATTEMPT)
    await store.write(upstream_attempts.forget, 1_000)
    assert await store.write(upstream_attempts.spend, 5, ATTEMPT.digest, 10) is None
