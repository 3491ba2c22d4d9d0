"""Servers killed at any moment keep their word (lines 38 and 135; 30, 54 and 73 across a crash)."""

import asyncio
import contextlib
import random
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from gatelodge.storage import token_schema
from tests import divided
from tests.flows.signing_in import authorize, redeem
from tests.security.mortal import Mortal
from tests.security.surviving import Survivor, signer
from tests.security.victims import Operator
from tests.serving import faults

SQLITE_KILLS = 200
POSTGRESQL_KILLS = 16
MOST_ANSWERS = 12
"""A kill comes after so many answers at most ..."""
LONGEST_PAUSE = 0.004
"""... and so many seconds after the last of them."""


class Node:
    """A server, and the connections to it."""

    def __init__(self, mortal: Mortal, http: httpx2.AsyncClient) -> None:
        self.mortal = mortal
        self.http = http

    @classmethod
    @contextlib.asynccontextmanager
    async def of(cls, folder: Path, **environment: str) -> AsyncIterator["Node"]:
        """Start one."""
        async with Mortal.of(folder, environment) as mortal:
            await mortal.start()
            async with httpx2.AsyncClient(base_url=mortal.server.base_url, timeout=60) as http:
                yield cls(mortal, http)


def lots() -> random.Random:
    """Return what draws the moments; its seed is printed."""
    seed = random.SystemRandom().randrange(1 << 32)
    sys.stdout.write(f"seed {seed}\n")
    return random.Random(seed)  # noqa: S311 - draws moments, guards nothing


async def kill_at_work(node: Node, survivor: Survivor, chance: random.Random) -> None:
    """Kill the server in the middle of its work."""
    await survivor.prepare(node.http)
    answers, pause = chance.randrange(MOST_ANSWERS), chance.uniform(0, LONGEST_PAUSE)
    tasks = await survivor.work(node.http, answers, pause)
    await node.mortal.kill()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        assert result is None or isinstance(result, httpx2.HTTPError), result


@pytest.mark.slow
@pytest.mark.timeout(1800)
async def test_a_killed_server_keeps_its_word(tmp_path: Path) -> None:
    """200 kills: no acknowledged token lost, nothing spent twice, never two branches."""
    chance = lots()
    async with Node.of(tmp_path) as node:
        survivor = Survivor(node.mortal.server.base_url, await signer(node.mortal.server))
        for _ in range(SQLITE_KILLS):
            await kill_at_work(node, survivor, chance)
            await node.mortal.start()
            await survivor.judge(node.http)
        assert not faults(node.mortal.printed)


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.timeout(900)
async def test_the_other_node_knows_what_a_killed_one_acknowledged(
    tmp_path: Path, postgres_database: str
) -> None:
    """Two processes on one database: each in turn dies at work, the other one takes over."""
    chance = lots()
    async with Node.of(tmp_path, GATELODGE_DATABASE_URL=postgres_database) as first:
        issuer = first.mortal.server.base_url
        survivor = Survivor(issuer, await signer(first.mortal.server, postgres_database))
        shared = {"GATELODGE_DATABASE_URL": postgres_database, "GATELODGE_BASE_URL": issuer}
        async with Node.of(tmp_path, **shared) as second:
            for turn in range(POSTGRESQL_KILLS):
                dying, other = (first, second) if turn % 2 else (second, first)
                await kill_at_work(dying, survivor, chance)
                await survivor.judge(other.http)
                await dying.mortal.start()
            assert not faults(first.mortal.printed + second.mortal.printed)


async def test_line_38_the_power_goes_between_spending_and_issuing(tmp_path: Path) -> None:
    """38. The code stays spent and nothing was issued for it: the order is spend, then mint."""
    dying = "tests.security.dying_zygote"
    async with Mortal.of(tmp_path, {}, module=dying) as mortal:
        await mortal.start()
        issuer = mortal.server.base_url
        async with httpx2.AsyncClient(base_url=issuer, timeout=60) as http:
            redirect_uri = f"{issuer}/callback-demo"
            code = (await authorize(http, redirect_uri))["code"]
            with pytest.raises(httpx2.HTTPError):
                await redeem(http, code, redirect_uri)
            await mortal.kill()
            await mortal.start()
            again = await redeem(http, code, redirect_uri)
            assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
        async with Operator.of(mortal.server) as operator:
            (spent,) = await operator.store.read(divided.rows, token_schema.codes)
            assert spent.spent_at is not None
            assert not await operator.store.read(divided.rows, token_schema.refresh_tokens)
