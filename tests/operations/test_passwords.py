"""The pool: hashes beside the loop, at a low priority, never more than it can take."""

import asyncio
import ctypes
import os
import platform
import signal
import sys
from collections.abc import Iterator

import pytest

from gatelodge.operations import hasher, passwords, priority
from gatelodge.operations.passwords import PasswordPool, PoolFull


@pytest.fixture
def pool() -> Iterator[PasswordPool]:
    """A pool of one process with room for two more."""
    made = PasswordPool(processes=1, waiting=2)
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


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows another's priority so")
async def test_hashing_gives_way(pool: PasswordPool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pool's processes have a low priority and long turns; the loop's keeps its own."""
    monkeypatch.setattr(hasher, "_QUICK_SECONDS", 0)
    before = os.getpriority(os.PRIO_PROCESS, 0)
    await pool.verify(None, "x")
    pid = await pool._run(_pid)
    assert os.getpriority(os.PRIO_PROCESS, pid) == priority.NICE
    assert os.getpriority(os.PRIO_PROCESS, 0) == before
    major, minor = map(int, platform.release().split(".")[:2])
    if (major, minor) >= (6, 12):
        assert _turn(pid) == priority.TURN
        assert _turn(0) < priority.TURN


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a class for it")
async def test_hashing_keeps_out_of_the_way_until_it_starves(
    pool: PasswordPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes what nobody else wants of a core; who gets nothing is replaced by one of rank."""
    monkeypatch.setattr(hasher, "_QUICK_SECONDS", 60)
    hashed = await pool.hash("correct horse")
    aside = await pool._run(_pid)
    assert os.sched_getscheduler(aside) == os.SCHED_IDLE

    os.kill(aside, signal.SIGSTOP)
    assert await pool.verify(hashed, "correct horse")
    assert await pool.verify(hashed, "correct horse")
    ranked = await pool._run(_pid)
    assert ranked != aside
    assert os.sched_getscheduler(ranked) == os.SCHED_OTHER
    await asyncio.to_thread(pool.close)
    with pytest.raises(ProcessLookupError):
        os.kill(aside, 0)


async def test_one_core_hashes_one_password_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second process would only take the core from whoever answers."""
    monkeypatch.setattr(passwords, "_cores", lambda: 1)
    alone = PasswordPool(waiting=2)
    asked = [asyncio.ensure_future(alone.verify(None, "x")) for _ in range(3)]
    await asyncio.sleep(0)
    assert alone.full
    await asyncio.gather(*asked)
    await asyncio.to_thread(alone.close)


async def test_a_process_that_was_killed_is_replaced(pool: PasswordPool) -> None:
    """The sign-in that finds it gone is answered by another."""
    hashed = await pool.hash("correct horse")
    os.kill(await pool._run(_pid), signal.SIGKILL)
    assert await pool.verify(hashed, "correct horse")


async def test_a_process_that_cannot_be_had_is_a_full_pool(
    pool: PasswordPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever signs in meanwhile may come again (503), and nothing else happens."""
    monkeypatch.setattr(hasher, "_PROGRAM", (sys.executable, "-c", "pass"))
    with pytest.raises(PoolFull):
        await pool.verify(None, "x")
    assert not pool.full


async def test_hashing_goes_on_where_no_priority_may_be_set(
    pool: PasswordPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sandbox may forbid it; people sign in all the same."""

    def refused(*_: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "setpriority", refused)
    assert await pool.verify(await pool.hash("correct horse"), "correct horse")


async def test_closing_ends_the_processes() -> None:
    """Nothing goes on, and what was asked before is answered."""
    closing = PasswordPool(processes=1)
    await closing.verify(None, "x")
    pid = await closing._run(_pid)
    asked = asyncio.ensure_future(closing.verify(None, "x"))
    await asyncio.sleep(0)
    await asyncio.to_thread(closing.close)
    assert not await asked
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def _pid(one: hasher.Hasher) -> int:
    assert one.pid is not None
    return one.pid


def _turn(pid: int) -> int:
    """Return how long a process's turns are, in nanoseconds (sched_getattr(2))."""
    found = ctypes.create_string_buffer(priority._ATTRIBUTES.size)
    number = priority._SET_ATTRIBUTES[platform.machine()] + 1
    assert ctypes.CDLL(None).syscall(number, pid, found, len(found), 0) == 0
    turn: int = priority._ATTRIBUTES.unpack(found.raw)[5]
    return turn
