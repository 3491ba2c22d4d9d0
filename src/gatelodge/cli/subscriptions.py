"""``gatelodge subscriptions``: who is subscribed to an API, and what a publisher says of it."""

from collections.abc import Callable
from typing import Annotated

import typer
from rich.table import Table

from gatelodge.catalog.subscriptions import Subscription
from gatelodge.cli.acting import AsJson, attempt, print_json, print_table, say
from gatelodge.cli.apis import Reference, meant
from gatelodge.cli.installation import Installation
from gatelodge.operations import subscriptions as acts
from gatelodge.operations.actor import Act
from gatelodge.storage import apis as stored
from gatelodge.storage import subscriptions
from gatelodge.storage.subscriptions import Subscriber

app = typer.Typer(
    no_args_is_help=True, help="See who is subscribed to an API, approve scopes, shut out."
)

Number = Annotated[
    int, typer.Argument(metavar="SUBSCRIPTION", help="Its number, from the list of an API.")
]
Scopes = Annotated[
    list[str], typer.Argument(metavar="SCOPE...", help="Scopes of the API that need approval.")
]


@app.command("list")
def list_(context: typer.Context, api: Reference, *, as_json: AsJson = False) -> None:
    """List the subscriptions to an API, and which scopes wait for approval."""

    async def work(installation: Installation, _act: Act) -> list[Subscriber]:
        read = installation.store.read
        found = meant(await read(stored.all), api)
        return await read(subscriptions.of_api, found)

    found = attempt(context, work, as_json=as_json)
    if as_json:
        print_json(found)
        return
    table = Table("Subscription", "Application", "Developer", "Plan", "State", box=None)
    table.add_column("Approved")
    table.add_column("Waits for approval")
    for column in table.columns:
        column.overflow = "fold"
    # The number is what other commands are given: it is never cut.
    table.columns[0].min_width = max((len(str(one.id)) for one in found), default=0)
    for one in found:
        table.add_row(
            str(one.id),
            one.application,
            one.developer,
            one.plan,
            one.state,
            one.approved_scopes,
            " ".join(one.waiting_scopes),
        )
    print_table(table, "Nobody is subscribed to it.")


@app.command()
def approve(
    context: typer.Context, subscription: Number, scopes: Scopes, *, as_json: AsJson = False
) -> None:
    """Let an application ask for sensitive scopes (x-sensitive-scopes of the API's document)."""
    _do(context, acts.approve, subscription, scopes, as_json=as_json)


@app.command()
def withdraw(
    context: typer.Context, subscription: Number, scopes: Scopes, *, as_json: AsJson = False
) -> None:
    """Take approved scopes back; the gateway refuses them from the next call on."""
    _do(context, acts.withdraw, subscription, scopes, as_json=as_json)


@app.command()
def block(context: typer.Context, subscription: Number, *, as_json: AsJson = False) -> None:
    """Shut one application out of one API, from its next call on."""
    _do(context, acts.block, subscription, as_json=as_json)


@app.command()
def unblock(context: typer.Context, subscription: Number, *, as_json: AsJson = False) -> None:
    """Let a blocked subscription in again."""
    _do(context, acts.unblock, subscription, as_json=as_json)


def _do(
    context: typer.Context, act_on: Callable[..., Subscription], *given: object, as_json: bool
) -> None:
    async def work(installation: Installation, act: Act) -> Subscription:
        return await installation.store.write(act_on, act, *given)

    after = attempt(context, work, as_json=as_json)
    if as_json:
        print_json(after)
        return
    say(f"The subscription is {after.state}; approved scopes: {after.approved_scopes or 'none'}.")
