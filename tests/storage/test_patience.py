"""Nobody waits for long, and nobody waits for what others wait for in vain."""

import asyncio

import pytest

from gatelodge.storage.errors import StoreUnavailable
from gatelodge.storage.patience import Patience


async def answered() -> str:
    """Answer at once."""
    return "an answer"


async def test_patience_ends_and_comes_back() -> None:
    """After a wait in vain one caller at a time may find out whether there are answers again."""
    patience, never = Patience(), asyncio.Event()
    patience.end_after(0.01)
    with pytest.raises(StoreUnavailable):
        await patience.of(never.wait())
    patience.check()

    patience.end_after(60)
    one = asyncio.create_task(patience.of(never.wait()))
    await asyncio.sleep(0)
    with pytest.raises(StoreUnavailable):
        patience.check()

    assert await patience.of(answered()) == "an answer"
    patience.check()
    never.set()
    assert await one


async def test_commands_wait_as_long_as_it_takes() -> None:
    """Without a limit others' waiting refuses nobody."""
    patience, later = Patience(), asyncio.Event()
    one = asyncio.create_task(patience.of(later.wait()))
    await asyncio.sleep(0)
    patience.check()
    later.set()
    assert await one
