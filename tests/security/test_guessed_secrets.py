"""Guessing consumer secrets (line 70): slowed down, and nobody locks anybody else out."""

import httpx2

from tests.security.attacking import DEMO
from tests.serving import DEMO_KEY, Server

BODY = {"grant_type": "client_credentials"}
BURST = 300


def at(demo: Server, address: str) -> httpx2.AsyncClient:
    """Return a client that comes from another address of this machine."""
    transport = httpx2.AsyncHTTPTransport(local_address=address)
    return httpx2.AsyncClient(
        transport=transport, base_url=f"http://127.0.0.1:{demo.port}", timeout=30
    )


async def guess(http: httpx2.AsyncClient, times: int) -> list[httpx2.Response]:
    """Send wrong secrets."""
    return [await http.post("/token", data=BODY, auth=(DEMO_KEY, f"x{n}")) for n in range(times)]


async def test_line_70_guessing_is_slowed_down_and_locks_nobody_out(demo: Server) -> None:
    """401 until the limit, then 429 with Retry-After at every endpoint, for the guesser alone."""
    async with at(demo, "127.0.0.2") as guesser, at(demo, "127.0.0.3") as owner:
        assert (await owner.post("/token", data=BODY, auth=DEMO)).status_code == 200
        answers = await guess(guesser, BURST + 20)
        statuses = [answer.status_code for answer in answers]
        assert statuses[:BURST] == [401] * BURST
        assert 429 in statuses[BURST:]
        refused = next(answer for answer in answers if answer.status_code == 429)
        assert refused.json()["error"] == "temporarily_unavailable"
        assert int(refused.headers["retry-after"]) >= 1
        assert (await owner.post("/token", data=BODY, auth=DEMO)).status_code == 200
        async with at(demo, "127.0.0.4") as moved:
            assert (await moved.post("/token", data=BODY, auth=DEMO)).status_code == 200


async def test_line_70_a_proven_client_is_not_locked_out_from_its_own_address(
    demo: Server,
) -> None:
    """Behind one proxy with the guesser, the right secret goes on working."""
    async with at(demo, "127.0.0.5") as proxy:
        assert (await proxy.post("/token", data=BODY, auth=DEMO)).status_code == 200
        answers = await guess(proxy, BURST + 20)
        assert 429 in {answer.status_code for answer in answers[BURST:]}
        assert (await proxy.post("/token", data=BODY, auth=DEMO)).status_code == 200
