"""``gatelodge doctor``: looks an installation over and says what to do."""

import asyncio
import contextlib
import sys

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gatelodge import settings as configuration
from gatelodge.cli import checks
from gatelodge.cli.acting import AsJson, print_json
from gatelodge.cli.checks import Finding
from gatelodge.cli.installation import EXIT_FAILED, EXIT_USAGE, config_path
from gatelodge.settings import BadSettings

_MARKS = {"ok": "[green]ok[/]", "warn": "[yellow]look[/]", "fail": "[red]fail[/]"}


def doctor(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Look over what the installation needs, and say what to do.

    Settings, proxies, certificate, secret, disk, database, clocks, signing keys, Valkey, mail, the
    health of a server that runs. Changes nothing. Exit code 1 when something fails, 2 when the
    settings cannot be used; what is only worth a look does not count.
    """
    try:
        settings = configuration.read(config_path(context))
    except BadSettings as error:
        _tell([_wrong(problem) for problem in error.problems], as_json=as_json)
        raise typer.Exit(EXIT_USAGE) from None

    async def all_of() -> list[Finding]:
        return [finding async for finding in checks.examine(settings)]

    # What parts log of a server that is away is not the answer.
    with contextlib.redirect_stdout(sys.stderr):
        found = asyncio.run(all_of())
    _tell(found, as_json=as_json)
    if any(finding.level == "fail" for finding in found):
        raise typer.Exit(EXIT_FAILED)


def _wrong(problem: str) -> Finding:
    return Finding(check="settings", level="fail", says=problem)


def _tell(found: list[Finding], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
    else:
        _show(found)


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
