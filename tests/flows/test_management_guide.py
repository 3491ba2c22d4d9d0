"""The guide "The management API" does what it says, against the demo."""

import re
from pathlib import Path

import httpx2

from tests.flows.guide import Reader, blocks
from tests.portal.browsing import follow, sign_in, submit
from tests.serving import free_port

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "management-api.md"
PLACE = "/account/access-tokens"
SCOPES = ("applications:write", "keys:write", "subscriptions:write", "apis:read", "audit:read")


async def personal(base_url: str, scopes: tuple[str, ...] = SCOPES) -> str:
    """Make a personal access token as the demo's developer."""
    async with httpx2.AsyncClient(base_url=base_url, timeout=30) as browser:
        await sign_in(browser, "dev@example.com", "demo-developer-password")
        form = [("name", "Guide"), ("life", "30"), *(("scopes", scope) for scope in scopes)]
        page = await follow(browser, await submit(browser, PLACE, PLACE, form))
        found = re.search(r"glpt_[\w-]{59}", page.text)
        assert found is not None
        return found[0]


async def test_the_guide(tmp_path: Path) -> None:
    """Every file, command and output of the page, in its order."""
    port = free_port()
    reader = Reader(tmp_path, {"GATELODGE_HOME": str(tmp_path / "home")})

    async def pasted(_: str) -> dict[str, str]:
        return {"PERSONAL_ACCESS_TOKEN": await personal(f"http://localhost:{port}")}

    await reader.work_through(blocks(GUIDE, _8080=str(port)), iter([port]), pasted)
