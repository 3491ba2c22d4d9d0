"""Logic without I/O: a generator says what it needs next, a driver does it and sends the result in.

The same generator runs below ``Client`` and ``AsyncClient``. It yields a request to send, a time to
wait, or a piece of blocking work; a failed request is thrown into it as the transport's exception.
Closing the generator, as a cancelled task does, runs its ``finally`` blocks: locks are let go.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Generator
from typing import Any, TypeVar, cast

import httpx2
import msgspec

T = TypeVar("T")


class Wait(msgspec.Struct, frozen=True):
    """Let this many seconds pass."""

    seconds: float


class Work(msgspec.Struct, frozen=True):
    """Call something that blocks: a file, a keyring, a person."""

    act: Callable[[], Any]


Step = httpx2.Request | Wait | Work
Flow = Generator[Step, Any, T]


def ask(request: httpx2.Request) -> Flow[httpx2.Response]:
    """Send a request and return its answer, read to the end."""
    answer = yield request
    return cast("httpx2.Response", answer)


def work(act: Callable[[], T]) -> Flow[T]:
    """Do something that blocks and return its result."""
    done = yield Work(act)
    return cast("T", done)


def run(
    flow: Flow[T],
    send: Callable[[httpx2.Request], httpx2.Response],
    sleep: Callable[[float], None] = time.sleep,
) -> T:
    """Drive a flow to its end in this thread."""

    def perform(step: Step) -> object:
        if isinstance(step, Wait):
            sleep(step.seconds)
            return None
        return step.act() if isinstance(step, Work) else send(step)

    try:
        step = next(flow)
        while True:
            try:
                done = perform(step)
            except Exception as error:  # noqa: BLE001 - the flow decides about every failure of a step
                step = flow.throw(error)
            else:
                step = flow.send(done)
    except StopIteration as finished:
        return cast("T", finished.value)
    finally:
        flow.close()


async def run_async(
    flow: Flow[T],
    send: Callable[[httpx2.Request], Awaitable[httpx2.Response]],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> T:
    """Drive a flow to its end without holding up the event loop."""

    async def perform(step: Step) -> object:
        if isinstance(step, Wait):
            await sleep(step.seconds)
            return None
        return await (asyncio.to_thread(step.act) if isinstance(step, Work) else send(step))

    try:
        step = next(flow)
        while True:
            try:
                done = await perform(step)
            except Exception as error:  # noqa: BLE001 - the flow decides about every failure of a step
                step = flow.throw(error)
            else:
                step = flow.send(done)
    except StopIteration as finished:
        return cast("T", finished.value)
    finally:
        flow.close()
