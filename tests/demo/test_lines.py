"""The printed command lines run as they stand, against the real program."""

import asyncio
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatelodge.demo.lines import call_lines, token_lines
from tests import programs, serving


async def shell(script: str) -> list[Any]:
    """Run a script in a shell and return the JSON value each of its lines printed."""
    process = await asyncio.create_subprocess_exec(
        "/bin/sh", "-ec", script, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err
    return [msgspec.json.decode(line) for line in out.splitlines() if line]


@pytest.fixture
def curl() -> str:
    """Path of curl."""
    return shutil.which("curl") or programs.absent("curl")


async def test_the_printed_lines_run(curl: str, tmp_path: Path) -> None:
    """Two grants give tokens, and the kept one reads account, locations, extensions and users."""
    async with serving.demo(tmp_path / "data") as server:
        lines = [*token_lines(server.base_url, serving.TENANT)]
        lines += call_lines(server.base_url, serving.TENANT)
        answers = await shell("\n".join(f"{line.text}; echo" for line in lines))
    printed = server.printed()
    assert [line.text for line in lines if line.text not in printed] == []
    password, credentials, account, locations, extensions, users = answers
    assert list(password) == [
        "access_token",
        "refresh_token",
        "scope",
        "id_token",
        "token_type",
        "expires_in",
    ]
    assert credentials["scope"] == "default"
    assert account["_embedded"]["account"]["id"] == 571700
    assert len(locations["_embedded"]["locations"]) == 3
    assert (len(extensions["_embedded"]["extensions"]), extensions["total_items"]) == (10, 300)
    assert {user["last_name"] for user in users["_embedded"]["users"]} == {"Smith"}
