"""The pool: hashes beside the loop, at the lowest priority, never more than it can take."""

import asyncio
import os
import sys
import threading
from collections.abc import Iterator

import pytest

from gatelodge.operations.passwords import PasswordPool, PoolFull


@pytest.fixture
def pool() -> Iterator[PasswordPool]:
    """A pool of one thread with room for two more."""
    made = PasswordPool(threads=1, waiting=2)
    yield made
    made.close()


async def test_a_password_is_its_own_and_no_other(pool: PasswordPool) -> None:
    """Argon2id at the strength promised; two spellings of a letter are one."""
    hashed = await pool.hash("caf\u00e9 au lait")
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await pool.verify(hashed, "cafe\u0301 au lait")
    assert not await pool.verify(hashed, "cafe au lait")


@pytest.mark.parametrize("password_hash", [None, "", "plain", "$argon2id$broken"])
async def test_without_a_hash_every_password_is_wrong(
    pool: PasswordPool, password_hash: str | None
) -> None:
    """Nobody's hash, or none that can be read, raises nothing and opens nothing."""
    assert not await pool.verify(password_hash, "")
    assert not await pool.verify(password_hash, "any\0thing")


async def test_a_full_pool_turns_away_and_recovers(pool: PasswordPool) -> None:
    """What is over the queue is told at once; what is in it is done."""
    asked = [asyncio.ensure_future(pool.verify(None, "x")) for _ in range(10)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(answer, PoolFull) for answer in answers) == 7
    assert not pool.full
    assert not await pool.verify(None, "x")


async def test_a_caller_that_goes_away_still_fills_the_queue(pool: PasswordPool) -> None:
    """Work that cannot be taken back counts until it is done."""
    asked = [asyncio.ensure_future(pool.verify(None, "x")) for _ in range(3)]
    await asyncio.sleep(0)
    for one in asked:
        one.cancel()
    await asyncio.gather(*asked, return_exceptions=True)
    assert pool.full


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has priorities of threads")
async def test_hashing_has_the_lowest_priority(pool: PasswordPool) -> None:
    """The pool's threads give way; the loop's own thread keeps its priority."""
    before = os.getpriority(os.PRIO_PROCESS, 0)

    def priority() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    assert await pool._run(priority) == 19
    assert os.getpriority(os.PRIO_PROCESS, 0) == before
