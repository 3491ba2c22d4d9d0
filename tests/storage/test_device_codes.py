"""A device's request is decided once and spent once, whoever asks and however many ask at once."""

import asyncio
from typing import Any

from gatelodge.oauth.device import Allowance, DeviceCode
from gatelodge.storage import device_codes
from gatelodge.storage.engine import Store
from tests.oauth.test_device import row as request

NOW = 1_800_000_000
ALLOWANCE = Allowance(user_id=22, family_id=33, auth_time=NOW, amr="pwd")


async def added(store: Store, **changed: Any) -> DeviceCode:
    """Store a request under a user code of its own."""
    made = request(id=store.ids.next(), user_code_digest=str(store.ids.next()).encode(), **changed)
    assert await store.write(device_codes.add, made)
    return made


async def test_a_request_is_found_as_it_was_stored(store: Store) -> None:
    """By its row and by its user code."""
    made = await added(store)
    assert await store.read(device_codes.find, made.id) == made
    assert await store.read(device_codes.find_by_user_code, made.user_code_digest) == made
    assert await store.read(device_codes.find_by_user_code, b"x") is None


async def test_a_user_code_that_is_taken_is_not_given_again(store: Store) -> None:
    """The second request is not stored at all."""
    made = await added(store)
    other = request(id=store.ids.next(), user_code_digest=made.user_code_digest)
    assert not await store.write(device_codes.add, other)
    assert await store.read(device_codes.find, other.id) is None


async def test_of_all_decisions_one_counts(store: Store) -> None:
    """Whether it was yes or no, and none after the end."""
    made = await added(store)
    decisions = await asyncio.gather(
        *(store.write(device_codes.allow, made.id, ALLOWANCE, NOW) for _ in range(8)),
        *(store.write(device_codes.deny, made.id, NOW) for _ in range(8)),
    )
    late = await added(store, expires_at=NOW)
    assert decisions.count(True) == 1
    assert not await store.write(device_codes.allow, late.id, ALLOWANCE, NOW)
    assert not await store.write(device_codes.deny, late.id, NOW)


async def test_two_stores_share_one_winner(store: Store, database_url: str) -> None:
    """64 spends on two nodes: exactly one is first; before the decision none is."""
    made = await added(store)
    other = await Store.open(database_url)
    assert not await store.write(device_codes.spend, made.id, NOW)
    await store.write(device_codes.allow, made.id, ALLOWANCE, NOW)
    spends = await asyncio.gather(
        *(
            each.write(device_codes.spend, made.id, NOW)
            for _ in range(32)
            for each in (store, other)
        )
    )
    await other.close()
    assert spends.count(True) == 1


async def test_old_requests_are_forgotten(store: Store) -> None:
    """Those that expired before a time go."""
    old, young = await added(store, expires_at=NOW), await added(store, expires_at=NOW + 1)
    assert await store.write(device_codes.forget, NOW + 1) == 1
    assert await store.read(device_codes.find, old.id) is None
    assert await store.read(device_codes.find, young.id) is not None
