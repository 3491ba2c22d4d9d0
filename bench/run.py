"""Runs every scenario beside its floor and prints the table; ``make bench``."""

import os
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import uvloop
from rich.console import Console

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import load, prepare, processes, report, scenarios
from bench.processes import Process
from bench.report import Row
from bench.scenarios import Scenario

SECONDS = float(os.environ.get("BENCH_SECONDS", "3"))
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, LOAD_CORE = CORES[0], CORES[-1]


async def measure(
    target: Process, requests: Sequence[load.NextRequest]
) -> tuple[load.Result, float]:
    """Drive one server; return what it reached and its CPU microseconds per request."""
    await load.run(target.url, requests, SECONDS / 3)
    before = target.cpu_seconds()
    result = await load.run(target.url, requests, SECONDS)
    return result, (target.cpu_seconds() - before) / result.requests * 1e6


@asynccontextmanager
async def floor(name: str, upstream: str) -> AsyncIterator[Process]:
    """Serve a floor on the server's core."""
    port = processes.free_port()
    arguments = [upstream] if name == "proxy" else []
    command = ("-m", "bench.floors", name, str(port), *arguments)
    async with processes.running(*command, port=port, core=SERVER_CORE) as process:
        yield process


async def compare(scenario: Scenario, product: Process, upstream: str) -> Row:
    """Measure one scenario and its floor."""
    result, cpu = await measure(product, scenario.requests)
    if scenario.floor is None:
        return Row(name=scenario.name, result=result, cpu=cpu)
    async with floor(scenario.floor, upstream) as process:
        reached, floor_cpu = await measure(process, scenario.floor_requests)
    return Row(name=scenario.name, result=result, cpu=cpu, floor=reached, floor_cpu=floor_cpu)


async def bench(data_dir: Path, console: Console) -> None:
    """Measure everything and print it."""
    os.sched_setaffinity(0, {LOAD_CORE})
    port, upstream_port = processes.free_port(), processes.free_port()
    upstream = f"http://127.0.0.1:{upstream_port}"
    prepared = await prepare.fill(data_dir, port, upstream)
    serve = ("-m", "gatelodge", "serve", "--demo", "--port", str(port), "--data-dir", str(data_dir))
    async with (
        processes.running(
            "-m", "bench.upstream", str(upstream_port), port=upstream_port, core=LOAD_CORE
        ),
        processes.running(*serve, port=port, core=SERVER_CORE, path="/health/ready") as product,
    ):
        facts = {
            "time to first answer": f"{product.ready_after:.2f} s",
            "idle memory": f"{product.resident_mib():.0f} MiB",
        }
        rows = []
        for scenario in await scenarios.every(product.url, prepared):
            with console.status(scenario.name):
                rows.append(await compare(scenario, product, upstream))
        facts["memory after the load"] = f"{product.resident_mib():.0f} MiB"
    report.show(rows, facts, console)


def main() -> None:
    """Run the bench in a directory of its own."""
    with tempfile.TemporaryDirectory(prefix="gatelodge-bench-") as data_dir:
        uvloop.run(bench(Path(data_dir), Console()))


if __name__ == "__main__":
    main()
