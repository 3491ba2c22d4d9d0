"""Nodes that share a Valkey count together, exactly; without it each policy does what it says."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gatelodge.gateway.limits import Limit, Limits, Standing, UsedUp
from gatelodge.gateway.shared_limits import SharedLimits, WhenAway
from gatelodge.storage import applications
from gatelodge.storage import valkey as valkey_line
from gatelodge.storage.connections import Connection
from gatelodge.storage.valkey import Script, Valkey, ValkeyAway
from tests.gateway.installation import NOW, Installation, application, installed
from tests.valkey_server import ValkeyServer, running

QUOTA = Limit("quota", (1, 2), 3, 600)
PLAN = Limit("plan", (1, 9), 5, 600)


@pytest.fixture
async def server(
    valkey: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[ValkeyServer]:
    """An empty Valkey."""
    async with running(valkey, tmp_path, monkeypatch) as started:
        yield started


@pytest.fixture
async def line(server: ValkeyServer) -> AsyncIterator[Valkey]:
    """A node's line to it."""
    async with contextlib.aclosing(Line(server.url)) as opened:
        yield opened


class Line(Valkey):
    """A line that a test can close and wait for."""

    def __init__(self, url: str) -> None:
        super().__init__(url, "test")

    async def aclose(self) -> None:
        """Close the line."""
        await self.close()


async def back(line: Valkey) -> None:
    """Wait until the line is used again."""
    if line._recovering is not None:
        await line._recovering
    assert not line.away


async def free(shared: SharedLimits, limit: Limit) -> None:
    """Wait until nothing of a limit is used."""
    while True:
        standing = (await shared.look([limit], NOW))[0]
        if standing.remaining == limit.calls:
            return
        await asyncio.sleep(0.02)


async def outcome(counting: Any) -> object:
    """Return what a spend answered or refused, times left out: the clocks differ."""
    try:
        return [standing.remaining for standing in await counting]
    except UsedUp as used:
        return used.standing.limit.name, [each.remaining for each in used.standings]


async def test_the_answers_are_those_of_the_limits_of_one_node(line: Valkey) -> None:
    """Spent, refused, looked at, lowered: call by call the same as in memory."""
    lowered = Limit("plan", (1, 9), 2, 600)
    calls = [[QUOTA, PLAN], [PLAN], [QUOTA], [QUOTA, PLAN], [QUOTA, PLAN], [lowered], [PLAN]]
    shared, own = SharedLimits(line, "deny"), Limits()

    async def spend_own(limits: list[Limit]) -> Any:
        return own.spend(limits, NOW)

    for limits in calls:
        assert await outcome(shared.spend(limits, NOW)) == await outcome(spend_own(limits))
        looked = await shared.look([QUOTA, PLAN], NOW)
        expected = own.look([QUOTA, PLAN], NOW)
        assert [each.remaining for each in looked] == [each.remaining for each in expected]
        # A window of ten minutes began with the first call, a moment ago.
        assert all(NOW + 300 < each.reset_at <= NOW + 600 for each in looked)


async def test_looking_opens_no_window_and_a_window_ends(line: Valkey) -> None:
    """After a second the whole limit is there again, and nothing is left behind."""
    short = Limit("quota", (1, 2), 1, 1)
    shared = SharedLimits(line, "deny")
    assert await shared.look([short], NOW) == [Standing(short, 1, NOW + 1)]
    assert await line.call("KEYS", "test:*") == []
    for _ in range(2):
        await free(shared, short)
        assert await shared.spend([short], NOW) == [Standing(short, 0, NOW + 1)]


async def test_calls_that_arrive_together_leave_together(
    line: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """64 calls are one or two round trips, not 64."""
    trips = 0
    send = line._send

    async def counted(batch: Any) -> None:
        nonlocal trips
        trips += 1
        await send(batch)

    monkeypatch.setattr(line, "_send", counted)
    await asyncio.gather(*(line.call("PING") for _ in range(64)))
    assert trips == 1


async def test_what_valkey_cannot_do_counts_as_away(line: Valkey) -> None:
    """An answer that is an error refuses that call alone; the others of the batch have theirs."""
    answers: Any = await asyncio.gather(
        line.call("SET", "a", 1),
        line.run(Script("return redis.call('NOSUCH')"), [], []),
        return_exceptions=True,
    )
    assert answers[0] in {b"OK", True}
    assert isinstance(answers[1], ValkeyAway)
    await back(line)
    assert await line.call("GET", "a") == b"1"


async def test_a_valkey_that_hangs_counts_as_away(
    line: Valkey, server: ValkeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who waits for an answer is let go, and once it answers again it is used again."""
    assert await line.call("PING") in {b"PONG", True}
    with server.stopped(), monkeypatch.context() as soon:
        soon.setattr(valkey_line, "_SLICE", 0.02)
        with pytest.raises(ValkeyAway):
            await line.call("PING")
        assert line.away
    await back(line)
    assert await line.call("PING") in {b"PONG", True}


@contextlib.asynccontextmanager
async def nodes(
    database_url: str, server: ValkeyServer, when_away: WhenAway
) -> AsyncIterator[tuple[list[Installation], list[Valkey]]]:
    """Run two gateways on one database and one Valkey; the application has ten calls."""

    def restrict(conn: Connection) -> None:
        applications.replace(conn, application(quota="10PerMin"))

    async with contextlib.AsyncExitStack() as stack:
        lines = [
            await stack.enter_async_context(contextlib.aclosing(Line(server.url))) for _ in "ab"
        ]
        made = [
            await stack.enter_async_context(
                installed(database_url, counter=SharedLimits(line, when_away))
            )
            for line in lines
        ]
        await made[0].store.write(restrict)
        yield made, list(lines)


async def calls(made: list[Installation], number: int) -> Counter[int]:
    """Call at once, node by node in turn, with one access token; return how often each status."""
    jwt = made[0].sign(made[0].row())
    answers = await asyncio.gather(
        *(made[index % len(made)].call("/things/1", jwt) for index in range(number))
    )
    return Counter(answer.status for answer in answers)


@pytest.mark.postgres
async def test_two_nodes_let_exactly_the_quota_through(
    postgres_database: str, server: ValkeyServer
) -> None:
    """Of 64 parallel calls on two nodes ten pass; after a kill each node counts for itself."""
    async with nodes(postgres_database, server, "local") as (made, lines):
        assert await calls(made, 64) == {200: 10, 429: 54}

        await server.kill()
        assert await calls(made, 64) == {200: 20, 429: 44}
        assert all(line.away for line in lines)

        await server.start()
        for line in lines:
            await back(line)
        # It kept nothing, and what the nodes counted alone is not held against anybody.
        assert await calls(made, 64) == {200: 10, 429: 54}


@pytest.mark.postgres
@pytest.mark.parametrize(("when_away", "expected"), [("deny", 503), ("allow", 200)])
async def test_without_valkey_the_policy_decides(
    postgres_database: str, server: ValkeyServer, when_away: WhenAway, expected: int
) -> None:
    """Everything is refused with 503, or passes without a word on limits; then it counts again."""
    async with nodes(postgres_database, server, when_away) as (made, lines):
        await server.kill()
        assert await calls(made, 24) == {expected: 24}
        answer = await made[0].call("/things/1", made[0].sign(made[0].row()))
        assert answer.header("retry-after") == ("1" if expected == 503 else None)
        assert answer.header("ratelimit") is None

        await server.start()
        for line in lines:
            await back(line)
        assert await calls(made, 24) == {200: 10, 429: 14}
