"""``gatelodge import``: fills the directory from a file."""

import getpass
from pathlib import Path
from typing import Annotated, NoReturn

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from gatelodge.cli.installation import EXIT_USAGE, Installation, fail, now, run
from gatelodge.directory.import_rows import FileRefused, Kind
from gatelodge.operations.actor import Act, command_line
from gatelodge.operations.directory_file import FORMS, FileForm, read_file
from gatelodge.operations.directory_import import Outcome, import_rows
from gatelodge.operations.row_spool import RowSpool

app = typer.Typer(no_args_is_help=True, help="Fill the installation from files.")

_PLURALS: dict[Kind, str] = {
    "account": "accounts",
    "location": "locations",
    "user": "users",
    "extension": "extensions",
}


@app.callback()
def group() -> None:
    """Fill the installation from files."""


@app.command("directory")
def directory(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="FILE.json or FILE.csv.",
            exists=True,
            dir_okay=False,
            readable=True,
        ),
    ],
    *,
    as_json: Annotated[
        bool,
        typer.Option("--json", metavar="", help="Print what happened, or every mistake, as JSON."),
    ] = False,
) -> None:
    """Add and change accounts, locations, users and extensions as a file says.

    All of the file or nothing: if anything in it is wrong, every mistake (up to 100) is printed
    with its line and column and nothing is stored. What the file does not name stays as it is, so
    a second run changes nothing. The format is described in docs/reference/directory-import.md.
    """
    form = _form(file)
    try:
        with RowSpool() as spool, _bar() as bar:
            outcome = _import(context, file, form, spool, bar)
    except FileRefused as error:
        _show_mistakes(file, error, as_json=as_json)
    except OSError as error:
        fail(f"{file}: {error.strerror or error}")
    if as_json:
        _print_json({_PLURALS[kind]: tally for kind, tally in outcome.items()})
    else:
        _show(outcome)


def _import(
    context: typer.Context, file: Path, form: FileForm, spool: RowSpool, bar: Progress
) -> Outcome:
    reading = bar.add_task("Reading", total=None)
    storing = bar.add_task("Storing", total=None, start=False)

    def read(done: int, total: int) -> None:
        bar.update(reading, completed=done, total=total)

    def stored(done: int, total: int) -> None:
        bar.update(storing, completed=done, total=total)

    async def store(installation: Installation) -> Outcome:
        act = Act(actor=command_line(_who()), now=now(), ids=installation.store.ids)
        return await installation.store.write(import_rows, act, spool, stored)

    # The whole file is checked before the database is opened, so that it is busy no longer than
    # the rows take.
    read_file(file, form, spool, read)
    bar.start_task(storing)
    return run(context, store)


def _form(file: Path) -> FileForm:
    suffix = file.suffix.lower().removeprefix(".")
    form = next((form for form in FORMS if form == suffix), None)
    if form is None:
        fail(f"{file}: the name must end in .json or .csv", EXIT_USAGE)
    return form


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "operator"


def _bar() -> Progress:
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _show(outcome: Outcome) -> None:
    table = Table("", "added", "changed", "unchanged", box=None)
    for column in table.columns[1:]:
        column.justify = "right"
    for kind, tally in outcome.items():
        counts = (tally.added, tally.changed, tally.unchanged)
        table.add_row(_PLURALS[kind], *(f"{count:,}" for count in counts))
    added = sum(tally.added for tally in outcome.values())
    changed = sum(tally.changed for tally in outcome.values())
    unchanged = sum(tally.unchanged for tally in outcome.values())
    console = Console(highlight=False)
    console.print(table)
    words = "Imported" if added or changed else "Nothing to change"
    console.print(f"{words}: {added:,} added, {changed:,} changed, {unchanged:,} unchanged.")


def _show_mistakes(file: Path, error: FileRefused, *, as_json: bool) -> NoReturn:
    if as_json:
        _print_json({"mistakes": error.mistakes, "more": error.more})
        raise typer.Exit(EXIT_USAGE)
    console = Console(stderr=True, highlight=False)
    for mistake in error.mistakes:
        place = f"{file}:{mistake.line}:{mistake.column}"
        console.print(f"{place}: {mistake.message}", markup=False, soft_wrap=True)
    count = len(error.mistakes)
    words = f"More than {count} mistakes" if error.more else f"{count} mistakes"
    fail(f"{'1 mistake' if words == '1 mistakes' else words}: nothing was imported.", EXIT_USAGE)


def _print_json(value: object) -> None:
    typer.echo(msgspec.json.encode(value).decode())
