"""Two nodes on one PostgreSQL and Valkey: how soon a revoke acts; ``make bench-nodes``.

Also how long counting a call in Valkey takes, alone and for 64 callers at once. Programs that
``make test`` installs are started for it and removed afterwards.
"""

import asyncio
import contextlib
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import httpx2
import uvloop
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import processes, scenarios
from gatelodge.gateway.limits import Limit
from gatelodge.gateway.shared_limits import SharedLimits
from gatelodge.storage.valkey import Valkey
from tests import programs

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "200"))
CALLERS = 64
CORES = sorted(os.sched_getaffinity(0))


@contextlib.asynccontextmanager
async def valkey() -> AsyncIterator[str]:
    """Run a Valkey that keeps nothing; yields its URL."""
    port = processes.free_port()
    program = programs.valkey_path() or programs.absent("Valkey")
    process = await asyncio.create_subprocess_exec(
        program,
        *("--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"),
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        while True:
            with contextlib.suppress(OSError):
                (await asyncio.open_connection("127.0.0.1", port))[1].close()
                break
            await asyncio.sleep(0.02)
        yield f"valkey://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()


@contextlib.asynccontextmanager
async def nodes(data_dir: Path, environment: dict[str, str]) -> AsyncIterator[tuple[str, str]]:
    """Run two servers of one installation; yields their URLs."""
    ports = [processes.free_port(), processes.free_port()]
    shared = {**environment, "GATELODGE_BASE_URL": f"http://localhost:{ports[0]}"}
    async with contextlib.AsyncExitStack() as stack:
        for port, core in zip(ports, (CORES[0], CORES[-1]), strict=True):
            command = ("serve", "--demo", "--port", str(port), "--data-dir", str(data_dir))
            running = processes.running(
                *("-m", "gatelodge", *command),
                port=port,
                core=core,
                path="/health/ready",
                environment=shared,
            )
            await stack.enter_async_context(running)
        yield f"http://localhost:{ports[0]}", f"http://localhost:{ports[1]}"


async def revokes(a: str, b: str) -> list[float]:
    """Revoke access tokens on node A; return after how many ms from its answer node B refuses."""
    took = []
    async with (
        httpx2.AsyncClient(base_url=a, timeout=60) as at_a,
        httpx2.AsyncClient(base_url=b, timeout=60) as at_b,
    ):
        for _ in range(ROUNDS):
            access_token = (await scenarios.sign_in(at_a))["access_token"]
            bearer = {"Authorization": f"Bearer {access_token}"}
            assert (await at_b.get(scenarios.API, headers=bearer)).status_code == 200
            form = {"token": access_token}
            revoked = await at_a.post("/oauth2/revoke", data=form, headers=scenarios.CLIENT)
            assert revoked.status_code == 200
            began = time.perf_counter()
            while (await at_b.get(scenarios.API, headers=bearer)).status_code != 401:
                continue
            took.append((time.perf_counter() - began) * 1e3)
    return took


async def counts(url: str, callers: int) -> list[float]:
    """Count calls of several callers at once; return how many ms each waited."""
    line = Valkey(url, f"bench-{callers}")
    shared = SharedLimits(line, "deny")
    took = []

    async def caller(number: int) -> None:
        limits = [Limit("quota", (number, 0), 10**9, 60), Limit("plan", (number, 1), 10**9, 60)]
        for _ in range(ROUNDS):
            began = time.perf_counter()
            await shared.spend(limits, int(time.time()))
            took.append((time.perf_counter() - began) * 1e3)

    await asyncio.gather(*(caller(number) for number in range(callers)))
    await line.close()
    return took


def row(took: Sequence[float]) -> tuple[str, str, str]:
    """Return number, p50 and p99 of what was measured."""
    return str(len(took)), f"{statistics.median(took):.2f}", f"{_p99(took):.2f}"


def _p99(took: Sequence[float]) -> float:
    return statistics.quantiles(took, n=100)[98]


async def bench(data_dir: Path, database_url: str, console: Console) -> None:
    """Measure and print."""
    table = Table("", "measured", "p50 ms", "p99 ms")
    async with valkey() as valkey_url:
        environment = {"GATELODGE_DATABASE_URL": database_url, "GATELODGE_VALKEY_URL": valkey_url}
        async with nodes(data_dir, environment) as (a, b):
            table.add_row("revoked on one node, refused by the other", *row(await revokes(a, b)))
        table.add_row("a call counted, one caller", *row(await counts(valkey_url, 1)))
        table.add_row(f"a call counted, {CALLERS} at once", *row(await counts(valkey_url, CALLERS)))
    console.print(table)
    console.print("Target: a revoke acts on the other node within 250 ms (p99).")


def main() -> None:
    """Run with a PostgreSQL and a directory of its own."""
    cluster = programs.Cluster.start()
    try:
        with tempfile.TemporaryDirectory(prefix="gatelodge-bench-") as data_dir:
            uvloop.run(bench(Path(data_dir), cluster.url("postgres"), Console()))
    finally:
        cluster.stop()


if __name__ == "__main__":
    main()
