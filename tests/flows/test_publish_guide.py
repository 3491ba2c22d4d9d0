"""The guide "Publish an API" does what it says, from nothing to a subscribed call."""

import re
from functools import partial
from pathlib import Path

import httpx2

from tests.flows.guide import Reader, blocks
from tests.portal.browsing import KEY_FIELDS, add_application, submit, text_of
from tests.serving import free_port

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "publish-an-api.md"
PASSWORD = "a long enough passphrase"
_VALUE = re.compile(r'id="consumer-(key|secret)"[^>]*>([^<]+)<')


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


async def test_the_guide(tmp_path: Path) -> None:
    """Every file, command and output of the page, in its order, against a real server."""
    port, upstream = free_port(), free_port()
    reader = Reader(tmp_path, {"GATELODGE_PORT": str(port)})
    await reader.work_through(
        blocks(GUIDE, _8080=str(port), _9000=str(upstream)),
        iter([upstream, port]),
        partial(subscribed, f"http://localhost:{port}"),
    )
