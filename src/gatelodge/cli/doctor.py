"""``gatelodge doctor``: looks an installation over and says what to do."""

import asyncio
import contextlib
import sys

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gatelodge.cli import checks
from gatelodge.cli.acting import AsJson, print_json
from gatelodge.cli.checks import Finding
from gatelodge.cli.installation import EXIT_FAILED, read_settings

_MARKS = {"ok": "[green]ok[/]", "warn": "[yellow]look[/]", "fail": "[red]fail[/]"}


def doctor(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Look over what the installation needs, and say what to do.

    Settings, secret, disk, database, clocks, signing keys, Valkey, mail. Changes nothing. Exit
    code 1 when something fails; what is only worth a look does not count.
    """
    settings = read_settings(context)

    async def all_of() -> list[Finding]:
        return [finding async for finding in checks.examine(settings)]

    # What parts log of a server that is away is not the answer.
    with contextlib.redirect_stdout(sys.stderr):
        found = asyncio.run(all_of())
    if as_json:
        print_json(found)
    else:
        _show(found)
    if any(finding.level == "fail" for finding in found):
        raise typer.Exit(EXIT_FAILED)


def _show(found: list[Finding]) -> None:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in found:
        says = Text(finding.says)
        if finding.advice:
            says.append(f"\n{finding.advice}", style="dim")
        table.add_row(_MARKS[finding.level], finding.check, says)
    Console(highlight=False).print(table)
