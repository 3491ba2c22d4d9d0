"""``gatelodge migrate``: brings a database to this version's schema, or says what it would do."""

from typing import Annotated

import typer
from rich.console import Console

from gatelodge.cli.installation import EXIT_FAILED, fail, read_settings
from gatelodge.storage import migrate as migrations
from gatelodge.storage.errors import StorageError
from gatelodge.storage.migrate import Standing


def migrate(
    context: typer.Context,
    *,
    check: Annotated[
        bool,
        typer.Option(
            "--check", metavar="", help="Change nothing; exit code 1 if there is something to do."
        ),
    ] = False,
    sql: Annotated[
        bool,
        typer.Option("--sql", metavar="", help="Change nothing; print the statements to run."),
    ] = False,
) -> None:
    """Bring the database to this version's schema.

    A server does the same when it starts. Processes of the previous version go on serving
    meanwhile. With --sql every statement is tried in a transaction that is undone.
    """
    settings = read_settings(context)
    try:
        with migrations.opened(settings.database) as engine:
            if sql:
                _print(migrations.statements(engine))
                return
            before = migrations.standing(engine)
            if not check:
                migrations.upgrade(engine)
    except StorageError as error:
        fail(str(error))
    Console(highlight=False).print(_told(before, done=not check), soft_wrap=True)
    if check and not before.current:
        raise typer.Exit(EXIT_FAILED)


def _print(statements: list[str]) -> None:
    for statement in statements:
        typer.echo(f"{statement};")


def _told(before: Standing, *, done: bool) -> str:
    if before.current:
        return f"The database is at schema {before.head}, this version's. There is nothing to do."
    where = "empty" if before.found is None else f"at schema {before.found or 'none'}"
    if done:
        return f"The database was {where}; it is at {before.head} now."
    return f"The database is {where}; this version has {before.head}. Run: gatelodge migrate"
