"""What Valkey says of itself, and what is made of it when it says nothing."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gatelodge.storage.valkey import Valkey
from tests.valkey_server import ValkeyServer, running


@pytest.fixture
async def server(
    valkey: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[ValkeyServer]:
    """An empty Valkey."""
    async with running(valkey, tmp_path, monkeypatch) as started:
        yield started


async def test_a_policy_is_told_or_not(server: ValkeyServer) -> None:
    """What a full memory does; a hosted one that lets nobody ask answers all the same."""
    line = Valkey(server.url, "test")
    hosted = Valkey(server.url.replace("valkey://", "valkey://plain:secret@"), "test")
    shy = Valkey(server.url.replace("valkey://", "valkey://shy:secret@"), "test")
    try:
        assert await line.policy() == "noeviction"
        assert re.fullmatch(r"\d+\.\d+\.\d+", await line.version())
        await line.call("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
        assert await line.policy() == "allkeys-lru"
        await line.call("ACL", "SETUSER", "plain", "on", ">secret", "+ping", "+select")
        await line.call("ACL", "SETUSER", "shy", "on", ">secret", "+ping", "+select")
        assert await shy.version() == ""
        assert await hosted.policy() == ""
    finally:
        await line.close()
        await hosted.close()
        await shy.close()
