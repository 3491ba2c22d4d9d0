"""Runs this folder's coroutines on the loop the product runs on."""

import asyncio
from collections.abc import Callable, Mapping

import uvloop


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Use uvloop."""
    return {"uvloop": uvloop.new_event_loop}
