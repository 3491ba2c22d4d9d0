"""What commands that act on the catalogue and on people share: who acts, and how it is answered."""

import getpass
from collections.abc import Awaitable, Callable
from typing import Annotated, NoReturn, TypeVar

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from gatelodge.catalog.errors import CatalogError, Invalid
from gatelodge.catalog.openapi import BadDocument
from gatelodge.cli.installation import EXIT_FAILED, EXIT_USAGE, Installation, fail, now, run
from gatelodge.identity import errors as identity
from gatelodge.operations.actor import Act, command_line

T = TypeVar("T")

AsJson = Annotated[bool, typer.Option("--json", metavar="", help="Print JSON instead of text.")]


def attempt(
    context: typer.Context, work: Callable[[Installation, Act], Awaitable[T]], *, as_json: bool
) -> T:
    """Run one act on the configured installation as its operator.

    What the rules refuse is printed and becomes exit code 2 (what was given is wrong) or 1 (the
    state of things is against it).
    """

    async def within(installation: Installation) -> T:
        act = Act(actor=command_line(_who()), now=now(), ids=installation.store.ids)
        return await work(installation, act)

    try:
        return run(context, within)
    except BadDocument as error:
        refuse(error.problems, EXIT_USAGE, as_json=as_json)
    except (Invalid, identity.Invalid) as error:
        refuse(tuple(error.problems.values()), EXIT_USAGE, as_json=as_json)
    except (CatalogError, identity.IdentityError) as error:
        refuse((str(error),), EXIT_FAILED, as_json=as_json)


def refuse(problems: tuple[str, ...], code: int, *, as_json: bool) -> NoReturn:
    """Print why nothing was done, one problem a line, and leave."""
    if as_json:
        print_json({"problems": problems})
        raise typer.Exit(code)
    for problem in problems[:-1]:
        Console(stderr=True, highlight=False).print(
            problem, style="red", markup=False, soft_wrap=True
        )
    fail(problems[-1], code)


def print_json(value: object) -> None:
    """Print a value as JSON on standard output."""
    typer.echo(msgspec.json.format(msgspec.json.encode(value)).decode())


def print_table(table: Table, empty: str) -> None:
    """Print a table, or a sentence where it has no rows; what people typed is text, no markup."""
    console = Console(highlight=False, markup=False)
    console.print(table if table.row_count else empty)


def say(text: str) -> None:
    """Print what was done."""
    Console(highlight=False).print(text, markup=False, soft_wrap=True)


def warn(text: str) -> None:
    """Print what the operator should know to standard error, beside what was asked for."""
    Console(stderr=True, highlight=False).print(text, style="yellow", markup=False, soft_wrap=True)


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "operator"
