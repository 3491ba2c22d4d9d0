"""More than a node can do: what it still does, and what it does with the rest.

``make bench-overload`` finds the most that the token endpoint and the gateway reach with callers
that wait, then sends three times as much whatever becomes of it. And it lets people sign in by the
hundred, most of them with wrong passwords, beside steady calls of the gateway.
"""

import asyncio
import contextlib
import os
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from urllib.parse import urlencode

import httpx2
import uvloop
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import load, open_loop, processes, scenarios
from bench.open_loop import Outcome
from bench.processes import Process

SECONDS = float(os.environ.get("BENCH_SECONDS", "10"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, LOAD_CORE = CORES[0], CORES[-1]
CALLERS = 64
TIMES = 3
CALM = 0.25
"""Which part of its peak the gateway is called with beside the storm."""
SIGN_INS = 300
"""A second; a core checks some thirty passwords."""


async def peak(target: Process, request: load.NextRequest) -> float:
    """Return how many requests a second callers get that wait for each other's answers."""
    await load.run(target.url, [request] * CALLERS, SECONDS / 5)
    return (await load.run(target.url, [request] * CALLERS, SECONDS)).rate


async def overload(target: Process, name: str, request: load.NextRequest, table: Table) -> None:
    """Send three times what is the most, again and again, and add a row."""
    peaks, outcomes, resident = [await peak(target, request)], [], [target.resident_mib()]
    for _ in range(ROUNDS):
        rate = TIMES * statistics.median(peaks)
        outcomes.append(
            await open_loop.run(
                LOAD_CORE, [request(b"")], port=target.port, rate=rate, seconds=SECONDS
            )
        )
        resident.append(target.resident_mib())
        peaks.append(await peak(target, request))
    good = statistics.median(each.good for each in outcomes)
    table.add_row(
        name,
        _listed(peaks),
        _listed([each.offered / SECONDS for each in outcomes]),
        _listed([each.good for each in outcomes]),
        f"{good / statistics.median(peaks):.2f}",
        _listed([each.p99 for each in outcomes]),
        answers(outcomes[-1]),
        _listed(resident),
    )


def _listed(numbers: Sequence[float]) -> str:
    return " / ".join(f"{number:,.0f}" for number in numbers)


def answers(outcome: Outcome) -> str:
    """Return what all requests came to."""
    parts = {f"{status}": number for status, number in sorted(outcome.statuses.items())}
    parts |= {"late": outcome.late, "cut": outcome.cut, "not sent": outcome.unsent}
    return ", ".join(f"{number:,} {name}" for name, number in parts.items() if number)


async def storm(target: Process, call: load.NextRequest, table: Table) -> None:
    """Call the gateway steadily, without and with people signing in, and add rows."""
    rate = CALM * await peak(target, call)
    calm, stormy = [], []
    for _ in range(ROUNDS):
        calm.append(await steady(target, call, rate))
        told = asyncio.create_task(
            open_loop.run(
                LOAD_CORE,
                sign_ins(target),
                yielding=True,
                port=target.port,
                rate=SIGN_INS,
                seconds=SECONDS,
                deadline=5,
            )
        )
        stormy.append(await steady(target, call, rate))
        people = await told
    for name, outcomes in (("without", calm), ("with", stormy)):
        table.add_row(
            f"{name} {SIGN_INS} sign-ins a second",
            f"{rate:,.0f}",
            " / ".join(f"{each.p50:.2f}" for each in outcomes),
            " / ".join(f"{each.p99:.2f}" for each in outcomes),
            answers(people) if name == "with" else "",
        )
    ratio = _p99(stormy) / _p99(calm)
    table.caption = f"p99 with to without, medians of {ROUNDS} rounds: {ratio:.2f}"


async def steady(target: Process, call: load.NextRequest, rate: float) -> Outcome:
    """Call the gateway so often, whatever else goes on."""
    return await open_loop.run(
        LOAD_CORE, [call(b"")], port=target.port, rate=rate, seconds=SECONDS, deadline=10
    )


def sign_ins(target: Process) -> Sequence[bytes]:
    """Return password grants of a thousand people nobody knows, every tenth of one who is right."""
    host = target.url.removeprefix("http://")
    requests = []
    for number in range(1_000):
        form = {"grant_type": "password", "username": f"nobody{number}", "password": "wrong"}
        if number % 10 == 0:
            form = scenarios.password_form()
        body = urlencode(form).encode()
        requests.append(load.form_post("/token", host, body, scenarios.CLIENT))
    return requests


def _p99(outcomes: Sequence[Outcome]) -> float:
    return statistics.median(each.p99 for each in outcomes)


@contextlib.asynccontextmanager
async def served(data_dir: Path) -> AsyncIterator[Process]:
    """Serve the demo on a core of its own; its log goes to a file, as an operator's does."""
    port = processes.free_port()
    serve = ("-m", "gatelodge", "serve", "--demo", "--port", str(port), "--data-dir", str(data_dir))
    with (data_dir / "log").open("wb") as log:
        async with processes.running(
            *serve, port=port, core=SERVER_CORE, path="/health/ready", log=log
        ) as target:
            yield target


async def bench(data_dir: Path, console: Console) -> None:
    """Measure and print."""
    os.sched_setaffinity(0, {LOAD_CORE})
    columns = ("", "peak/s", "offered/s", "good/s", "good to peak", "p99 ms", "answers", "MiB")
    table = Table(*columns, title="Three times the most")
    beside = ("gateway", "calls/s", "p50 ms", "p99 ms", "sign-ins")
    stormy = Table(*beside, title="A storm of sign-ins")
    async with served(data_dir) as target:
        host = target.url.removeprefix("http://")
        async with httpx2.AsyncClient(base_url=target.url, timeout=60) as http:
            access_token = (await scenarios.sign_in(http))["access_token"]
        issue = load.post("/token", host, "grant_type=client_credentials", scenarios.CLIENT)
        call = load.get(scenarios.API, host, {"Authorization": f"Bearer {access_token}"})
        await overload(target, "client credentials", issue, table)
        await overload(target, "gateway", call, table)
        await storm(target, call, stormy)
    console.print(table, stormy)


def main() -> None:
    """Run in a directory of its own."""
    with tempfile.TemporaryDirectory(prefix="gatelodge-bench-") as data_dir:
        uvloop.run(bench(Path(data_dir), Console(width=160)))


if __name__ == "__main__":
    main()
