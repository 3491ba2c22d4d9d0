"""Two nodes, PostgreSQL and Valkey: each in turn is taken away under a steady client."""

import asyncio

import pytest

from tests.chaos.conftest import Scaled

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.postgres]


async def test_a_node_is_killed(scaled: Scaled) -> None:
    """The other node goes on with everything, and the one that comes back does, too."""
    async with scaled.client() as client:
        async with client.working():
            await scaled.servers[1].kill()
            await client.goes_well(0)
            await scaled.start_again(1)
            await client.goes_well()
        await client.everything_holds()
    assert client.broken
    assert not client.refused


async def test_the_database_is_killed(scaled: Scaled) -> None:
    """Writes are refused until it is back and then go on; known callers notice nothing."""
    async with scaled.client() as client:
        async with client.working():
            await asyncio.to_thread(scaled.cluster.kill)
            await client.is_refused()
            await asyncio.to_thread(scaled.cluster.launch)
            await client.goes_well()
        await client.everything_holds()
    assert not client.broken
    assert not client.refused["call"]


async def test_valkey_is_killed(scaled: Scaled) -> None:
    """Nobody notices: nodes count by themselves until it is back."""
    async with scaled.client() as client:
        async with client.working():
            await scaled.valkey.kill()
            await client.goes_well()
            await scaled.valkey.start()
            await client.goes_well()
        await client.everything_holds()
    assert not client.broken
    assert not client.refused


async def test_valkey_falls_silent(scaled: Scaled) -> None:
    """Who asks while it does waits for a second at most; nobody is refused."""
    async with scaled.client() as client:
        async with client.working():
            with scaled.valkey.stopped():
                await client.goes_well()
            await client.goes_well()
        await client.everything_holds()
    assert not client.broken
    assert not client.refused


async def test_the_database_answers_slowly(scaled: Scaled) -> None:
    """Everything goes on, only slower."""
    async with scaled.client() as client:
        async with client.working():
            with scaled.line.slow(0.1):
                await client.goes_well()
            await client.goes_well()
        await client.everything_holds()
    assert not client.broken
    assert not client.refused


async def test_the_database_falls_silent(scaled: Scaled) -> None:
    """Nobody waits for long: writes are refused until it answers, known callers notice nothing."""
    async with scaled.client() as client:
        async with client.working():
            with scaled.line.dead():
                await client.is_refused()
                await client.goes_well(kinds=["call"])
                # By now it is known: what comes next is refused at once.
                await client.is_refused()
            await client.goes_well()
        await client.everything_holds()
    assert not client.broken
    assert not client.refused["call"]
