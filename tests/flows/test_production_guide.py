"""The guide "Going to production" does what it says, as far as one machine can."""

from pathlib import Path

from tests.flows.guide import Reader, blocks
from tests.serving import free_port

GUIDES = Path(__file__).parents[2] / "docs" / "guides"


async def test_the_guide(tmp_path: Path) -> None:
    """Its settings start a server; its backup, restored, knows the developer and opens the keys."""
    port = free_port()
    reader = Reader(tmp_path, {"GATELODGE_PORT": str(port)})
    page = blocks(GUIDES / "going-to-production.md", _8080=str(port))
    await reader.work_through(page, iter([port]))
