"""A store, and what a start of the demo brings along."""

from collections.abc import AsyncIterator, Callable

import pytest

from gatelodge.demo.start import Start
from gatelodge.provisioning import document
from gatelodge.settings import Secrets
from gatelodge.storage.engine import Store

MakeStart = Callable[..., Start]


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """An open store on an empty database."""
    opened = await Store.open(database_url)
    yield opened
    await opened.close()


@pytest.fixture
def start(store: Store) -> MakeStart:
    """Make a start on a port, with an installation's secret."""

    def make(port: int = 8080, secret: bytes = b"s" * 32) -> Start:
        return Start(
            origin=f"http://localhost:{port}",
            document=document.text(),
            ids=store.ids,
            secrets=Secrets(secret),
            now=1_800_000_000,
        )

    return make
