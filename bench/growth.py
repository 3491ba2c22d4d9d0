"""An installation that has grown beside an empty one, on both databases; ``make bench-growth``.

The grown one is called by the demo's application, as the empty one is, and by somebody else with
every request, drawn evenly from all there are: what is in no cache is what that measures.
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
import msgspec
import uvloop
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import filling, load, processes, scenarios
from bench.crowd import Callers
from bench.filling import Crowd, Sizes
from bench.load import NextRequest
from bench.processes import Process
from gatelodge import settings as configuration
from gatelodge.storage.connections import parse, reader_engine
from tests import programs

SIZES = Sizes(
    refresh_tokens=int(os.environ.get("BENCH_REFRESH_TOKENS", "10_000_000")),
    applications=int(os.environ.get("BENCH_APPLICATIONS", "100_000")),
    users=int(os.environ.get("BENCH_USERS", "1_000_000")),
)
SECONDS = float(os.environ.get("BENCH_SECONDS", "3"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
WARM_SECONDS = float(os.environ.get("BENCH_WARM_SECONDS", "20"))
CALLERS = 16
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, LOAD_CORE = CORES[0], CORES[-1]
KINDS = ("token", "refresh", "gateway")


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where an installation lives."""

    data_dir: Path
    database_url: str

    @contextlib.asynccontextmanager
    async def served(self) -> AsyncIterator[Process]:
        """Serve it, as an operator would, on the servers' core."""
        port = processes.free_port()
        command = ("serve", "--demo", "--port", str(port), "--data-dir", str(self.data_dir))
        async with processes.running(
            *("-m", "gatelodge", *command),
            port=port,
            core=SERVER_CORE,
            path="/health/ready",
            environment={"GATELODGE_DATABASE_URL": self.database_url},
        ) as process:
            yield process

    def grow(self) -> Crowd:
        """Fill it; it holds the demo."""
        secrets = configuration.load_secrets(configuration.read(None, data_dir=self.data_dir))
        engine = reader_engine(parse(self.database_url), 1)
        with engine.connect() as conn:
            crowd = filling.fill(conn, secrets, SIZES, int(time.time()))
            filling.settle(conn)
        engine.dispose()
        return crowd


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two installations while it is measured."""

    process: Process
    callers: Callers
    refreshing: Sequence[NextRequest]
    name: str
    p50: dict[str, list[float]]
    cpu: dict[str, list[float]]

    @classmethod
    async def of(cls, name: str, process: Process, crowd: Crowd | None) -> "Side":
        """Sign the demo's user in as often as there are callers."""
        async with httpx2.AsyncClient(base_url=process.url, timeout=60) as http:
            answers = [await scenarios.sign_in(http) for _ in range(CALLERS)]
        callers = Callers(process.url.removeprefix("http://"), crowd)
        return cls(
            process=process,
            callers=callers,
            refreshing=[callers.refresh(answer["refresh_token"]) for answer in answers],
            name=name,
            p50={kind: [] for kind in KINDS},
            cpu={kind: [] for kind in KINDS},
        )

    async def run(self, kind: str, seconds: float) -> load.Result:
        """Drive one kind of call."""
        requests = {
            "token": [self.callers.token()] * CALLERS,
            "refresh": self.refreshing,
            "gateway": [self.callers.gateway()] * CALLERS,
        }[kind]
        result = await load.run(self.process.url, requests, seconds)
        assert set(result.statuses) == {200}, f"{kind}: {result.statuses}"
        return result

    async def measure(self, kind: str) -> None:
        """Drive one kind of call and note p50 (ms) and the server's CPU for each call (us)."""
        before = self.process.cpu_seconds()
        result = await self.run(kind, SECONDS)
        spent = self.process.cpu_seconds() - before
        self.p50[kind].append(result.p50)
        self.cpu[kind].append(spent / result.requests * 1e6)

    async def warm(self, console: Console) -> None:
        """Call until caches hold what they will hold."""
        for kind in KINDS:
            with console.status(f"warming up: {kind}"):
                result = await self.run(kind, WARM_SECONDS)
            console.print(f"warmed up with {result.requests:,} calls: {kind}")


async def compare(sides: Sequence[Side]) -> None:
    """Measure all in turns, and who is first in turns too."""
    for round_ in range(ROUNDS):
        first = round_ % len(sides)
        for kind in KINDS:
            for side in (*sides[first:], *sides[:first]):
                await side.measure(kind)


def show(title: str, sides: Sequence[Side], console: Console) -> None:
    """Print medians of the rounds, and the medians of their ratios with the extremes."""
    empty, *grown = sides
    table = Table("call", "installation", title=title)
    for column in ("p50 ms", "ratio (lowest to highest)", "CPU us", "ratio"):
        table.add_column(column, justify="right")
    for kind in KINDS:
        for side in sides:
            p50, cpu = side.p50[kind], side.cpu[kind]
            table.add_row(
                *(kind, side.name, f"{statistics.median(p50):.2f}", _ratio(empty.p50[kind], p50)),
                *(f"{statistics.median(cpu):.0f}", _ratio(empty.cpu[kind], cpu)),
            )
    console.print(table)
    before, after = empty.process.resident_mib(), grown[0].process.resident_mib()
    console.print(f"memory: {before:.0f} and {after:.0f} MiB, ratio {after / before:.2f}")


def _ratio(empty: Sequence[float], grown: Sequence[float]) -> str:
    ratios = [after / before for before, after in zip(empty, grown, strict=True)]
    if not any(ratio != 1 for ratio in ratios):
        return ""
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


async def bench(title: str, console: Console, empty: Place, grown: Place) -> None:
    """Fill one of two installations, measure both, and print."""
    async with grown.served():
        pass
    began = time.perf_counter()
    crowd = await asyncio.to_thread(grown.grow)
    console.print(f"{title}: filled in {time.perf_counter() - began:.0f} s")
    async with empty.served() as small, grown.served() as large:
        idle = small.resident_mib(), large.resident_mib()
        console.print(f"memory before the first call: {idle[0]:.0f} and {idle[1]:.0f} MiB")
        sides = [
            await Side.of("empty", small, None),
            await Side.of("grown, same callers", large, None),
            await Side.of("grown, anybody", large, crowd),
        ]
        for side in sides:
            await side.warm(console)
        await compare(sides)
        show(title, sides, console)


def main() -> None:
    """Run on SQLite, then on a PostgreSQL of its own."""
    os.sched_setaffinity(0, {LOAD_CORE})
    console = Console(width=100)
    console.print(SIZES)
    with tempfile.TemporaryDirectory(prefix="gatelodge-bench-") as folder:
        places = [
            Place(data_dir=Path(folder, name), database_url=f"sqlite:///{folder}/{name}.sqlite")
            for name in ("empty", "grown")
        ]
        uvloop.run(bench("SQLite", console, *places))
    with tempfile.TemporaryDirectory(prefix="gatelodge-bench-") as folder:
        cluster = programs.Cluster.start(tempfile.gettempdir())
        try:
            for name in ("empty", "grown"):
                cluster.execute(f"CREATE DATABASE {name}")
            places = [
                Place(data_dir=Path(folder, name), database_url=cluster.url(name))
                for name in ("empty", "grown")
            ]
            uvloop.run(bench("PostgreSQL", console, *places))
        finally:
            cluster.stop()


if __name__ == "__main__":
    main()
