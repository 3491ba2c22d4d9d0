"""A server that is killed at any moment keeps its word (line 38, and 30 and 54 across a crash)."""

import asyncio
import contextlib
import random
import sys
from pathlib import Path

import httpx2
import msgspec
import pytest

from tests import serving
from tests.flows.signing_in import authorize, by_password, redeem, refresh
from tests.serving import Server, free_port

ROUNDS = 12
LONGEST_LIFE = 0.25
"""Seconds from the first of a round's requests to the kill, at most."""


class Story(msgspec.Struct):
    """What the server was asked and what it has answered so far."""

    codes: list[str]
    refresh_token: str
    spent: dict[str, int] = {}
    acknowledged: list[str] = []
    in_flight: str | None = None


async def redeem_all(http: httpx2.AsyncClient, story: Story, redirect_uri: str) -> None:
    """Redeem every code; note those that were answered."""
    for code in story.codes:
        answer = await redeem(http, code, redirect_uri)
        story.spent[code] = answer.status_code
        if answer.status_code == 200:
            story.acknowledged.append(answer.json()["refresh_token"])


async def refresh_on(http: httpx2.AsyncClient, story: Story) -> None:
    """Refresh again and again, each time with the last answer's refresh token."""
    while True:
        answer = await refresh(http, story.refresh_token)
        assert answer.status_code == 200, answer.text
        story.refresh_token = answer.json()["refresh_token"]


async def live_and_die(server: Server, story: Story, life: float) -> None:
    """Let both clients work for ``life`` seconds, then kill the server under them."""
    redirect_uri = f"{server.base_url}/callback-demo"
    async with httpx2.AsyncClient(base_url=server.base_url, timeout=30) as http:
        work = (redeem_all(http, story, redirect_uri), refresh_on(http, story))
        tasks = [asyncio.create_task(each) for each in work]
        await asyncio.wait(tasks, timeout=life)
        await server.kill()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            assert result is None or isinstance(result, httpx2.HTTPError), result


async def judge(server: Server, story: Story) -> None:
    """Assert that what was acknowledged holds and that nothing was given twice."""
    redirect_uri = f"{server.base_url}/callback-demo"
    async with httpx2.AsyncClient(base_url=server.base_url, timeout=30) as http:
        # A refresh that was cut off is asked again: the grace gives the one successor there is.
        twice = [await refresh(http, story.refresh_token) for _ in range(2)]
        assert [answer.status_code for answer in twice] == [200, 200], twice[0].text
        assert len({answer.json()["refresh_token"] for answer in twice}) == 1
        for refresh_token in story.acknowledged:
            assert (await refresh(http, refresh_token)).status_code == 200
        for code in story.codes:
            again = await redeem(http, code, redirect_uri)
            if code in story.spent:
                assert again.status_code == 400, "a code was redeemed twice"
                continue
            # Never answered: spent by the crash or not, but from here on once at most.
            assert again.status_code in {200, 400}
            assert (await redeem(http, code, redirect_uri)).status_code == 400


async def prepare(server: Server) -> Story:
    """Get codes to redeem and a refresh token to begin with."""
    redirect_uri = f"{server.base_url}/callback-demo"
    async with httpx2.AsyncClient(base_url=server.base_url, timeout=30) as http:
        codes = [(await authorize(http, redirect_uri))["code"] for _ in range(4)]
        return Story(codes=codes, refresh_token=(await by_password(http)).json()["refresh_token"])


@pytest.mark.slow
async def test_a_killed_server_keeps_its_word(tmp_path: Path) -> None:
    """Twelve kills: no acknowledged token lost, no code redeemed twice, never two branches."""
    seed = random.SystemRandom().randrange(1 << 32)
    sys.stdout.write(f"seed {seed}\n")
    chance = random.Random(seed)  # noqa: S311 - draws moments, guards nothing
    port = free_port()
    async with contextlib.AsyncExitStack() as stack:
        server = await stack.enter_async_context(
            serving.serving(tmp_path / "data", "--demo", port=port)
        )
        for _ in range(ROUNDS):
            story = await prepare(server)
            await live_and_die(server, story, chance.uniform(0, LONGEST_LIFE))
            server = await stack.enter_async_context(
                serving.serving(tmp_path / "data", "--demo", port=port)
            )
            await judge(server, story)
