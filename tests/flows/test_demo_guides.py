"""Pages that begin with the demo do what they say, from their first block to their last."""

import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio

from tests import serving
from tests.flows.guide import Reader, blocks
from tests.flows.signing_in import visit
from tests.portal.browsing import personal_token
from tests.serving import Server

ROOT = Path(__file__).parents[2]
PAGES = [
    "docs/guides/first-token.md",
    "docs/guides/lodge.md",
    "docs/guides/moving-from-vbc.md",
    "docs/start.md",
    "sdk/README.md",
]
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """One demo for all pages: none of them changes what another one reads."""
    async with serving.demo(tmp_path_factory.mktemp("demo") / "data") as server:
        yield server


async def signed_in(printed: str) -> Mapping[str, str]:
    """Open the address that was printed, sign in, allow, and read the code off the page."""
    address = re.search(r"http://\S+", printed)
    assert address is not None, printed
    callback = parse_qs(urlsplit(address[0]).query)["redirect_uri"][0]
    back = await visit(address[0], callback)
    return {"CODE": parse_qs(urlsplit(back).query)["code"][0]}


# A page of commands starts a process for each: patience for a machine with much else to do.
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", PAGES)
async def test_a_page(shared: Server, tmp_path: Path, name: str) -> None:
    """Every file, command and output of the page, in its order; the demo it starts runs already."""
    page = list(blocks(ROOT / name, _8080=str(shared.port)))
    started = {block.text for block in page if block.kind == "background"}
    assert started <= {"gatelodge serve --demo\n"}
    home = {
        "GATELODGE_HOME": str(tmp_path / "home"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }
    reader = Reader(tmp_path, home)
    rest = (block for block in page if block.kind != "background")

    async def pasted(printed: str) -> Mapping[str, str]:
        if name == "docs/guides/lodge.md":
            return {"LODGE_PERSONAL_ACCESS_TOKEN": await personal_token(shared.base_url)}
        return await signed_in(printed)

    await reader.work_through(rest, iter(()), pasted)
