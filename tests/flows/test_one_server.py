"""A second server on the same SQLite database does not start; commands work beside the first."""

from pathlib import Path

import pytest

from gatelodge.app import Program
from gatelodge.settings import Secrets, Settings
from gatelodge.storage import developers
from gatelodge.storage.engine import Store
from gatelodge.web.server import CannotStart, running


async def test_a_second_server_does_not_start(tmp_path: Path) -> None:
    """It ends with the reason; a command still reads and writes, and the next start is free."""
    settings = Settings(data_dir=tmp_path)
    first, second, third = (Program(settings, Secrets(bytes(32))) for _ in range(3))
    async with running(first, lifespan="on"):
        with pytest.raises(CannotStart):
            async with running(second, lifespan="on"):
                pass
        assert "SQLite is for one" in second.failure
        guest = await Store.open(settings.database, guest=True)
        assert await guest.write(developers.with_role, "administrator") == []
        await guest.close()
    async with running(third, lifespan="on"):
        assert not third.failure
