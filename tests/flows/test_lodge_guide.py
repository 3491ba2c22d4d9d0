"""The guide "The command line" does what it says, against the demo."""

from pathlib import Path

import pytest

from tests.flows.guide import Reader, blocks
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
    await reader.work_through(blocks(GUIDE, _8080=str(port)), iter([port]))
