"""What people and programs see: answers on standard output, all else on standard error.

Nothing a server sent reaches a terminal with its control characters: they could move the cursor
or rewrite what was printed.
"""

import csv
import io
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated, Any, NamedTuple

import msgspec
import typer
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from gatelodge_client.cli import exits
from gatelodge_client.errors import GatelodgeError, InvalidParameters, Throttled
from gatelodge_client.models import Model

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_CONTROL_BUT_LINES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_ABOVE_ASCII_CONTROL = re.compile(r"[\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class Output(StrEnum):
    """How records are printed."""

    TABLE = "table"
    TSV = "tsv"
    JSON = "json"
    CSV = "csv"


OutputOption = Annotated[
    Output | None,
    typer.Option(
        "--output",
        "-o",
        help="table, tsv (tabs, no heading), json or csv; a table at a terminal, tsv in a pipe.",
        show_default=False,
    ),
]


class Column(NamedTuple):
    """A column of a list: its heading, its value, and whether a table has no room for it."""

    title: str
    value: Callable[[Any], object]
    is_wide: bool = False


def stderr() -> Console:
    """Return the console for messages; a line stays a line where nobody looks."""
    console = Console(stderr=True, highlight=False)
    console.soft_wrap = not console.is_terminal
    return console


def say(text: str, style: str = "") -> None:
    """Tell the person something that is not the answer."""
    stderr().print(clean(text, keep_lines=True), style=style, markup=False)


def done(text: str) -> None:
    """Tell the person that something was done."""
    console = stderr()
    mark = Text("✓ ", style="green") if _has_marks(console) else Text()
    console.print(mark + Text(clean(text, keep_lines=True)))


def refuse(error: GatelodgeError) -> int:
    """Print what went wrong and what to do next; return the exit code."""
    console = stderr()
    facts = [f"code {error.code}"] if error.code else []
    facts += [f"request id {error.request_id}"] if error.request_id else []
    console.print(Text("Error: ", style="bold red") + Text(clean(error.message)))
    if isinstance(error, InvalidParameters):
        for one in error.parameters:
            console.print(Text(f"  {clean(one.name)}: {clean(one.reason)}"))
    if isinstance(error, Throttled) and error.retry_after is not None:
        console.print(Text(f"Wait {error.retry_after:.0f} seconds."))
    advice = exits.advice(error)
    if advice:
        console.print(Text(clean(advice)))
    if facts:
        console.print(Text(clean(", ".join(facts)), style="dim"))
    return exits.code_of(error)


def show_list(
    columns: Sequence[Column], records: Sequence[Any], output: Output | None, empty: str
) -> None:
    """Print records in the way asked for."""
    chosen = output or _usual()
    if chosen is Output.JSON:
        write(json_text([plain(record) for record in records]) + "\n")
    elif chosen is Output.CSV:
        write(csv_text(columns, records))
    elif chosen is Output.TSV:
        write(_tsv(columns, records))
    elif records:
        _print_table(columns, records)
    else:
        say(empty)


def show_one(columns: Sequence[Column], record: Any, output: Output | None) -> None:
    """Print one record: a line for each value, or as a list of one."""
    if (output or _usual()) is Output.JSON:
        write(json_text(plain(record)) + "\n")
        return
    if (output or _usual()) is not Output.TABLE:
        show_list(columns, [record], output, "")
        return
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for column in columns:
        text = cell(column.value(record))
        if text:
            table.add_row(column.title, Text(text))
    _stdout().print(table)


def show_facts(facts: Mapping[str, object], output: Output | None) -> None:
    """Print named values: as one record, or in a pipe a line for each."""
    if (output or _usual()) is Output.TSV:
        write("".join(f"{name}\t{cell(value)}\n" for name, value in facts.items()))
        return
    show_one([_fact(name) for name in facts], dict(facts), output)


def _fact(name: str) -> Column:
    return Column(name, lambda facts: facts[name])


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int | None], None]]:
    """Show how far a long listing is, where somebody looks; yields what is to be told of it."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    shown = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    with shown:
        task = shown.add_task(f"Reading {what}", total=None, visible=False)
        yield lambda so_far, total: shown.update(
            task, completed=so_far, total=total, visible=total is None or so_far < total
        )


def write(text: str) -> None:
    """Write an answer to standard output as it is."""
    sys.stdout.write(text)
    sys.stdout.flush()


def json_text(value: object) -> str:
    """Return indented JSON in which control characters beyond ASCII's are escaped, too."""
    text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    return _ABOVE_ASCII_CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def csv_text(columns: Iterable[Column], records: Iterable[Any]) -> str:
    """Return comma-separated lines (RFC 4180) with a heading."""
    chosen = list(columns)
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow([column.title for column in chosen])
    writer.writerows([cell(column.value(record)) for column in chosen] for record in records)
    return lines.getvalue()


def plain(value: object) -> object:
    """Return a record as JSON can say it, unknown fields beside the known ones."""
    if isinstance(value, Model):
        fields = msgspec.structs.asdict(value)
        unknown = fields.pop("extra")
        return {name: plain(inner) for name, inner in (fields | unknown).items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value


def cell(value: object) -> str:
    """Return a value as one line of text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(text for inner in value if (text := cell(inner)))
    return clean(str(value))


def clean(text: str, *, keep_lines: bool = False) -> str:
    """Return text that can do nothing to a terminal."""
    return (_CONTROL_BUT_LINES if keep_lines else _CONTROL).sub("\N{REPLACEMENT CHARACTER}", text)


def _tsv(columns: Iterable[Column], records: Iterable[Any]) -> str:
    chosen = list(columns)
    lines = ("\t".join(cell(column.value(record)) for column in chosen) for record in records)
    return "".join(f"{line}\n" for line in lines)


def _print_table(columns: Sequence[Column], records: Sequence[Any]) -> None:
    shown = [column for column in columns if not column.is_wide]
    rows = [[cell(column.value(record)) for column in shown] for record in records]
    # A column that is empty in every row says nothing and takes width from the others.
    used = [i for i in range(len(shown)) if any(row[i] for row in rows)] or [0]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold", show_edge=False)
    for i in used:
        table.add_column(shown[i].title.upper(), overflow="fold")
    for row in rows:
        table.add_row(*(Text(row[i]) for i in used))
    _stdout().print(table)


def _stdout() -> Console:
    return Console(highlight=False)


def _usual() -> Output:
    return Output.TABLE if sys.stdout.isatty() else Output.TSV


def _has_marks(console: Console) -> bool:
    return console.is_terminal and console.encoding.startswith("utf")
