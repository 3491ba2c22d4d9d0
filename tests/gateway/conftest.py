"""This folder's coroutines run on the loop the product runs on; a gateway to test."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

import pytest
import uvloop

from tests.gateway.installation import Installation, installed
from tests.gateway.offloading import offloading

__all__ = ["offloading"]


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Use uvloop."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture
async def installation(database_url: str) -> AsyncIterator[Installation]:
    """A running gateway, once on SQLite and once on PostgreSQL."""
    async with installed(database_url) as made:
        yield made
