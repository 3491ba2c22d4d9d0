"""The guide "Publish an API" does what it says, from nothing to a subscribed call."""

import asyncio
import re
from contextlib import AsyncExitStack
from pathlib import Path

import httpx2

from tests.flows.guide import Block, Reader, blocks
from tests.portal.browsing import KEY_FIELDS, add_application, submit, text_of
from tests.serving import START_SECONDS, free_port

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "publish-an-api.md"
PASSWORD = "a long enough passphrase"
_VALUE = re.compile(r'id="consumer-(key|secret)"[^>]*>([^<]+)<')


async def answers(port: int) -> None:
    """Wait until somebody listens on ``port``."""
    async with asyncio.timeout(START_SECONDS):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
                continue
            writer.close()
            await writer.wait_closed()
            return


async def subscribed(base_url: str, invited: str) -> dict[str, str]:
    """Do what section 5 says to do in the portal; return the consumer key and secret."""
    link = next(line for line in invited.splitlines() if "/invite/" in line)
    async with httpx2.AsyncClient(base_url=base_url, timeout=30) as client:
        chosen = [("name", "Dev"), ("password", PASSWORD), ("repeated", PASSWORD)]
        welcome = await submit(client, link, link, chosen)
        assert welcome.status_code == 303, text_of(welcome)
        application = await add_application(client, "Umbrella")
        keys = f"{application}/keys/production"
        kept = [field for field in KEY_FIELDS if field[0] not in {"grant_types", "redirect_uris"}]
        fields = [*kept, ("grant_types", "client_credentials")]
        answer = await submit(client, keys, keys, fields)
        assert answer.status_code == 303, text_of(answer)
        shown = await client.get(answer.headers["location"])
        found = {f"CONSUMER_{name.upper()}": value for name, value in _VALUE.findall(shown.text)}
        subscriptions = f"{application}/subscriptions"
        page = await client.get(subscriptions)
        choice = re.search(r'value="(\d+:Bronze)"', page.text)
        assert choice is not None, text_of(page)
        done = await submit(client, subscriptions, subscriptions, [("choice", choice[1])])
        assert done.status_code == 303, text_of(done)
        return found


def expect(block: Block, printed: str) -> None:
    """Check that every line of an output block was printed, in order; seconds left may be fewer."""
    rest = re.sub(r";t=\d+", ";t=60", printed)
    for line in block.text.splitlines():
        before, found, rest = rest.partition(line)
        assert found, f"not printed: {line}\n{before}"


async def test_the_guide(tmp_path: Path) -> None:
    """Every file, command and output of the page, in its order, against a real server."""
    port, upstream = free_port(), free_port()
    reader = Reader(tmp_path, {"GATELODGE_PORT": str(port)})
    printed = ""
    waiting = [upstream, port]
    async with AsyncExitStack() as terminals:
        for block in blocks(GUIDE, _8080=str(port), _9000=str(upstream)):
            if block.kind == "file":
                (tmp_path / block.name).write_text(block.text, encoding="utf-8")
            elif block.kind == "background":
                await terminals.enter_async_context(reader.background(block.text))
                await answers(waiting.pop(0))
            elif block.kind == "run":
                printed = await reader.run(block.text)
            elif block.kind == "paste":
                found = await subscribed(f"http://localhost:{port}", printed)
                assert set(found) == set(re.findall(r"export (\w+)=", block.text))
                reader.environment |= found
            else:
                expect(block, printed)
