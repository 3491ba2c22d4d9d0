"""The guides to production, backups and the log do what they say, as far as one machine can."""

from pathlib import Path

import pytest

from tests.flows.guide import Reader, blocks
from tests.serving import free_port

GUIDES = Path(__file__).parents[2] / "docs" / "guides"


@pytest.mark.parametrize(
    "name", ["going-to-production.md", "backup-and-restore.md", "audit-log.md"]
)
async def test_the_guide(tmp_path: Path, name: str) -> None:
    """Settings start a server; a backup of it can be read, restored, and knows the developer."""
    port = free_port()
    reader = Reader(tmp_path, {"GATELODGE_PORT": str(port)})
    page = blocks(GUIDES / name, _8080=str(port))
    await reader.work_through(page, iter([port]))
