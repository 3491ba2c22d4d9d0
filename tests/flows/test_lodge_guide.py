"""The guide "The command line" does what it says, against the demo."""

from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.flows.guide import Reader, answers, blocks, expect
from tests.serving import free_port

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "lodge.md"


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_the_guide(tmp_path: Path) -> None:
    """Every command and output of the page, in its order."""
    port = free_port()
    reader = Reader(
        tmp_path,
        {
            "GATELODGE_HOME": str(tmp_path / "home"),
            "GATELODGE_PORT": str(port),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        },
    )
    printed = ""
    async with AsyncExitStack() as terminals:
        for block in blocks(GUIDE, _8080=str(port)):
            if block.kind == "background":
                await terminals.enter_async_context(reader.background(block.text))
                await answers(port)
            elif block.kind == "run":
                printed = await reader.run(block.text)
            else:
                assert block.kind == "output"
                expect(block, printed)
