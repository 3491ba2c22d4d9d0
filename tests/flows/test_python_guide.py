"""The guide "The Python client" does what it says, against the demo and with a person's browser."""

import re
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import httpx2

from tests.flows.guide import Block, Reader, blocks
from tests.flows.test_publish_guide import answers
from tests.portal.browsing import KEY_FIELDS, add_application, sign_in, submit, text_of
from tests.serving import free_port

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "guides" / "python-client.md"
_VALUE = re.compile(r'id="consumer-(key|secret)"[^>]*>([^<]+)<')

# What `webbrowser` opens here: signs in at the address and goes where it is sent.
PERSON = """\
import asyncio, sys
import httpx2
from tests.flows.signing_in import visit
httpx2.get(asyncio.run(visit(sys.argv[1], "http://127.0.0.1:")))
"""


async def registered(base_url: str) -> dict[str, str]:
    """Make the application that the section about browsers asks for, and subscribe it."""
    async with httpx2.AsyncClient(base_url=base_url, timeout=30) as http:
        await sign_in(http, "dev@example.com", "demo-developer-password")
        place = await add_application(http, "Guide")
        keys, subscriptions = f"{place}/keys/production", f"{place}/subscriptions"
        kept = [field for field in KEY_FIELDS if field[0] != "redirect_uris"]
        address = ("redirect_uris", "http://127.0.0.1/callback")
        answer = await submit(http, keys, keys, [*kept, address])
        assert answer.status_code == 303, text_of(answer)
        shown = await http.get(answer.headers["location"])
        choice = re.search(r'value="(\d+:Bronze)"', (await http.get(subscriptions)).text)
        assert choice is not None
        await submit(http, subscriptions, subscriptions, [("choice", choice[1])])
        return {f"CONSUMER_{name.upper()}": text for name, text in _VALUE.findall(shown.text)}


def expect(block: Block, printed: str) -> None:
    """Check that every line of an output block was printed, in order."""
    rest = printed
    for line in block.text.splitlines():
        _, found, rest = rest.partition(line)
        assert found, f"not printed: {line}\n{printed}"


async def test_the_guide(tmp_path: Path) -> None:
    """Every file, command and output of the page, in its order."""
    port = free_port()
    person = tmp_path / "person.py"
    person.write_text(PERSON, encoding="utf-8")
    reader = Reader(
        tmp_path,
        {
            "BROWSER": f"{sys.executable} {person} %s &",
            "GATELODGE_HOME": str(tmp_path / "home"),
            "GATELODGE_PORT": str(port),
            "PYTHONPATH": str(ROOT),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        },
    )
    printed = ""
    async with AsyncExitStack() as terminals:
        for block in blocks(GUIDE, _8080=str(port)):
            if block.kind == "file":
                (tmp_path / block.name).write_text(block.text, encoding="utf-8")
            elif block.kind == "background":
                await terminals.enter_async_context(reader.background(block.text))
                await answers(port)
            elif block.kind == "run":
                printed = await reader.run(block.text)
            elif block.kind == "paste":
                reader.environment |= await registered(f"http://localhost:{port}")
            else:
                expect(block, printed)
