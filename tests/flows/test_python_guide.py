"""Guides about programs that open a person's browser do what they say, against the demo."""

import re
import sys
from functools import partial
from pathlib import Path

import httpx2
import pytest

from tests.flows.guide import Reader, blocks
from tests.portal.browsing import KEY_FIELDS, add_application, sign_in, submit, text_of
from tests.serving import free_port

ROOT = Path(__file__).parents[2]
GUIDES = ROOT / "docs" / "guides"
_VALUE = re.compile(r'id="consumer-(key|secret)"[^>]*>([^<]+)<')

# What `webbrowser` opens here: signs in at the address and goes where it is sent.
PERSON = """\
import asyncio, sys
import httpx2
from tests.flows.signing_in import visit
httpx2.get(asyncio.run(visit(sys.argv[1], "http://127.0.0.1:")))
"""


async def registered(base_url: str, api: str, printed: str) -> dict[str, str]:
    """Make the application that the page asks for, and subscribe it to an API, like "adder/v1"."""
    del printed
    async with httpx2.AsyncClient(base_url=base_url, timeout=30) as http:
        await sign_in(http, "dev@example.com", "demo-developer-password")
        place = await add_application(http, "Guide")
        keys = f"{place}/keys/production"
        kept = [field for field in KEY_FIELDS if field[0] != "redirect_uris"]
        address = ("redirect_uris", "http://127.0.0.1/callback")
        answer = await submit(http, keys, keys, [*kept, address])
        assert answer.status_code == 303, text_of(answer)
        shown = await http.get(answer.headers["location"])
        chosen = [("application", place.rpartition("/")[2]), ("plan", "Unlimited")]
        done = await submit(http, f"/apis/{api}", f"/apis/{api}/subscribe", chosen)
        assert done.status_code == 303, text_of(done)
        return {f"CONSUMER_{name.upper()}": text for name, text in _VALUE.findall(shown.text)}


@pytest.mark.parametrize(
    ("name", "api"),
    [
        ("python-client.md", "provisioning/v1"),
        ("mcp-server-behind-the-gateway.md", "adder/v1"),
    ],
)
async def test_the_guide(tmp_path: Path, name: str, api: str) -> None:
    """Every file, command and output of the page, in its order."""
    port, upstream, back = free_port(), free_port(), free_port()
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
    page = list(blocks(GUIDES / name, _8080=str(port), _9000=str(upstream), _8765=str(back)))
    programs = [block.text for block in page if block.kind == "background"]
    ports = [port if text.startswith("gatelodge") else upstream for text in programs]
    origin = f"http://localhost:{port}"
    await reader.work_through(iter(page), iter(ports), partial(registered, origin, api))
