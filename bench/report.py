"""The bench's table: what was measured, beside its floor, as a ratio."""

import msgspec
from rich.console import Console
from rich.table import Table

from bench.load import Result


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line: a scenario, its CPU per request in microseconds, and its floor if it has one."""

    name: str
    result: Result
    cpu: float
    floor: Result | None = None
    floor_cpu: float | None = None


def show(rows: list[Row], facts: dict[str, str], console: Console) -> None:
    """Print the table and the single figures below it."""
    table = Table(title="Requests per second, worker bound to one core")
    for column in ("scenario", "req/s", "CPU us", "p50 ms", "p99 ms", "floor req/s", "ratio"):
        table.add_column(column, justify="left" if column == "scenario" else "right")
    for row in rows:
        table.add_row(
            row.name,
            f"{row.result.rate:,.0f}",
            f"{row.cpu:,.0f}",
            f"{row.result.p50:.2f}",
            f"{row.result.p99:.2f}",
            f"{row.floor.rate:,.0f}" if row.floor else "",
            f"{row.result.rate / row.floor.rate:.2f}" if row.floor else "",
        )
    console.print(table)
    for name, fact in facts.items():
        console.print(f"{name}: {fact}")
    for row in rows:
        bad = {status: n for status, n in row.result.statuses.items() if status >= 400}
        if bad:
            console.print(f"[red]{row.name}: answers {bad}[/]")
