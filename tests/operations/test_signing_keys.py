"""Signing keys on both databases: kept to the schedule, rotated, revoked, heard by a ring."""

from collections.abc import AsyncIterator

import pytest

from gatelodge.catalog.errors import NoSuch, NotAllowed
from gatelodge.oauth.errors import InvalidToken
from gatelodge.oauth.jose import PLAIN_TYPE
from gatelodge.oauth.signatures import ALGORITHMS
from gatelodge.oauth.signing_keys import PUBLISHED_BEFORE, VERIFIES_AFTER
from gatelodge.operations import sealed_keys, signing_keys
from gatelodge.operations.live_ring import LiveRing
from gatelodge.settings import Secrets
from gatelodge.storage import signing_keys as stored
from gatelodge.storage.engine import Store
from gatelodge.storage.live import Live
from gatelodge.storage.loading import LOADERS
from tests.operations.conftest import ADMINISTRATOR, NOW, OWNER, act

SECRETS = Secrets(b"s" * 32)
PERIOD = 90 * 86_400


async def kept(store: Store, now: int) -> list[tuple[str, str]]:
    """Keep the schedule at ``now``; return each ES256 key's kid and state, the newest first."""
    await signing_keys.keep_schedule(store, SECRETS, now, PERIOD)
    keys = await store.read(stored.all_of)
    return [(key.kid, key.state) for key in keys if key.algorithm == "ES256"]


async def rotate(store: Store, *, at_once: bool = True) -> None:
    """Rotate ES256 as an administrator."""
    acting = act(store, ADMINISTRATOR)
    made = signing_keys.candidates(SECRETS, acting, ["ES256"])
    await store.write(signing_keys.rotate, acting, made, at_once=at_once)


@pytest.fixture
async def ring(store: Store) -> AsyncIterator[LiveRing]:
    """The ring of a running node."""
    await kept(store, NOW)
    live = Live(store, LOADERS)
    await live.start(NOW)
    opened = LiveRing(store, SECRETS)
    live.subscribe(opened.hear)
    await opened.load()
    yield opened
    await opened.stop()
    await live.stop()


async def settled(ring: LiveRing, before: str) -> str:
    """Wait until what was heard is read; another ES256 key signs then, return its kid."""
    assert ring._reading is not None
    await ring._reading
    kid = ring.current().signer("ES256").kid
    assert kid != before
    return kid


async def test_the_schedule_from_the_first_key_to_its_end(store: Store) -> None:
    """A key signs for its period, its successor is published a day before, then it verifies."""
    ((first, state),) = await kept(store, NOW)
    assert state == "active"
    assert await kept(store, NOW + PERIOD - PUBLISHED_BEFORE - 1) == [(first, "active")]
    (second, state), _ = await kept(store, NOW + PERIOD - PUBLISHED_BEFORE)
    assert state == "coming"
    assert await kept(store, NOW + PERIOD) == [(second, "active"), (first, "retiring")]
    end = NOW + PERIOD + VERIFIES_AFTER
    assert first in dict(await kept(store, end - 1))
    assert first not in dict(await kept(store, end))


async def test_every_algorithm_keeps_the_schedule(store: Store) -> None:
    """Each has a key from the start on, published a day ahead and kept while it may be needed."""
    for now, wanted in (
        (NOW, ["active"]),
        (NOW + PERIOD - PUBLISHED_BEFORE, ["coming", "active"]),
        (NOW + PERIOD, ["active", "retiring"]),
        (NOW + PERIOD + VERIFIES_AFTER, ["coming", "active"]),
    ):
        await kept(store, now)
        states: dict[str, list[str]] = {}
        for key in await store.read(stored.all_of):
            states.setdefault(key.algorithm, []).append(key.state)
        assert states == dict.fromkeys(ALGORITHMS, wanted), now - NOW


async def test_a_ring_follows_without_a_moment_without_keys(store: Store, ring: LiveRing) -> None:
    """Two rotations in a row: new signatures carry the new kid, old ones verify."""
    first = ring.current().signer("ES256")
    signed = [first.sign(PLAIN_TYPE, b"{}")]
    kid = first.kid
    for _ in range(2):
        await rotate(store)
        assert ring.current().verify(signed[0], PLAIN_TYPE) == b"{}"
        kid = await settled(ring, kid)
        signed.append(ring.current().signer("ES256").sign(PLAIN_TYPE, b"{}"))
    for text in signed:
        assert ring.current().verify(text, PLAIN_TYPE) == b"{}"
    assert len(ring.current().jwk_set()["keys"]) == len(ALGORITHMS) + 2


async def test_a_revoked_key_is_refused_when_the_act_returns(store: Store, ring: LiveRing) -> None:
    """Nothing it signed verifies, and another key signs."""
    first = ring.current().signer("ES256")
    text = first.sign(PLAIN_TYPE, b"{}")
    acting = act(store, ADMINISTRATOR)
    made = signing_keys.candidates(SECRETS, acting, ["ES256"])

    await store.write(signing_keys.revoke, acting, first.kid, made)

    with pytest.raises(InvalidToken):
        ring.current().verify(text, PLAIN_TYPE)
    await settled(ring, first.kid)
    fresh = ring.current().signer("ES256").sign(PLAIN_TYPE, b"{}")
    assert ring.current().verify(fresh, PLAIN_TYPE) == b"{}"
    with pytest.raises(NoSuch):
        await store.write(signing_keys.revoke, acting, first.kid, made)


async def test_a_rotation_by_hand_is_announced(store: Store, ring: LiveRing) -> None:
    """Without haste the new key is published and signs a day later; asking twice makes one."""
    await rotate(store, at_once=False)
    await rotate(store, at_once=False)

    keys = await kept(store, NOW)
    assert [state for _, state in keys] == ["coming", "active"]
    assert ring._reading is not None
    await ring._reading
    assert keys[0][0] in ring.current().published
    assert ring.current().signer("ES256").kid == keys[1][0]
    after = await kept(store, NOW + PUBLISHED_BEFORE)
    assert [state for _, state in after] == ["active", "retiring"]


async def test_only_administrators_touch_signing_keys(store: Store) -> None:
    """A developer can neither rotate nor revoke."""
    ((kid, _),) = await kept(store, NOW)
    with pytest.raises(NotAllowed):
        await store.write(signing_keys.rotate, act(store, OWNER), {}, at_once=True)
    with pytest.raises(NotAllowed):
        await store.write(signing_keys.revoke, act(store, OWNER), kid, {})


async def test_keys_do_not_open_under_another_secret(store: Store) -> None:
    """The private parts are sealed under the installation's secret."""
    await kept(store, NOW)
    with pytest.raises(sealed_keys.UnreadableSigningKeys):
        await LiveRing(store, Secrets(b"t" * 32)).load()
    assert "sealed" not in repr((await store.read(stored.all_of))[0])
