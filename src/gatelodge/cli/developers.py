"""``gatelodge developers``: who may sign in to the portal."""

import typer
from rich.table import Table

from gatelodge.cli.acting import AsJson, attempt, print_json, print_table
from gatelodge.cli.installation import Installation
from gatelodge.cli.shown import ShownDeveloper, shown_developer
from gatelodge.operations.actor import Act
from gatelodge.storage import developers as stored

app = typer.Typer(
    no_args_is_help=True, help="Invite developers to the portal, list them, shut them out."
)


@app.callback()
def group() -> None:
    """Invite developers to the portal, list them, shut them out."""


@app.command("list")
def list_(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List every developer with their roles and state."""

    async def work(installation: Installation, _act: Act) -> list[ShownDeveloper]:
        return [shown_developer(each) for each in await installation.store.read(stored.all_of)]

    found = attempt(context, work, as_json=as_json)
    if as_json:
        print_json(found)
        return
    table = Table("E-mail", "Name", "Roles", "State", box=None)
    for each in found:
        table.add_row(each.email, each.name, ", ".join(each.roles), each.state)
    print_table(table, "There is no developer yet. See: gatelodge developers invite --help")
