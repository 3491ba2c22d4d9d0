"""Requests of ours to servers of others: one that hangs holds up nothing but its own kind."""

from pathlib import Path
from typing import Any

from gatelodge.app import core, machines
from gatelodge.settings import Secrets, Settings


async def test_each_kind_of_request_has_turns_of_its_own(tmp_path: Path) -> None:
    """Logout addresses that hang keep nobody from clients' keys or from sign-in providers.

    A way out lets sixteen requests out at once: whoever owns sixteen addresses that never answer
    would otherwise shut out every client that signs assertions.
    """
    settings = Settings(data_dir=tmp_path)
    async with core.opened(settings, Secrets(bytes(32)), demo=False) as opened:
        shared = machines.context(opened)
        post: Any = machines.back_channel(opened, shared)._post
        ask: Any = opened.journeys.providers._ask
        ways_out = {post.func.__self__, shared.client_keys._fetcher, ask._fetcher}
    assert len(ways_out) == 3
