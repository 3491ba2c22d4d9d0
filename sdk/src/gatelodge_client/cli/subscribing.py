"""``lodge subscriptions``: which APIs let an application in."""

from typing import Annotated

import typer

from gatelodge_client.cli import management, screen
from gatelodge_client.cli.apps import ApiArgument, AppArgument, YesOption, sure
from gatelodge_client.cli.management import Management, Record
from gatelodge_client.cli.screen import Column, OutputOption
from gatelodge_client.errors import NotFound

subscriptions = typer.Typer(no_args_is_help=True, help="What an application is subscribed to.")

PlanOption = Annotated[
    str,
    typer.Option("--plan", metavar="NAME", help="One of the API's plans. Default: its first."),
]

_SUBSCRIPTIONS = (
    Column("id", lambda one: one["id"], is_wide=True),
    Column("api", lambda one: one["api"]),
    Column("plan", lambda one: one["plan"]),
    Column("state", lambda one: one["state"]),
    Column("created at", lambda one: one["created_at"]),
)


@subscriptions.command("list")
def list_subscriptions(
    context: typer.Context, app: AppArgument, *, output: OutputOption = None
) -> None:
    """List what an application is subscribed to."""
    with management.opened(context) as api:
        found = _with_names(api, api.application(app)["id"])
    screen.show_list(_SUBSCRIPTIONS, found, output, f"None: lodge subscriptions add {app} API")


@subscriptions.command("add")
def add_subscription(
    context: typer.Context,
    app: AppArgument,
    api: ApiArgument,
    *,
    plan: PlanOption = "",
    output: OutputOption = None,
) -> None:
    """Subscribe an application to an API."""
    with management.opened(context) as opened:
        made = subscribe(opened, opened.application(app)["id"], api, plan)
    screen.show_one(_SUBSCRIPTIONS, made, output)


def subscribe(api: Management, application_id: str, named: str, plan: str) -> Record:
    """Subscribe to the API of this id or name, under a plan or the first that there is."""
    offered = api.api(named)
    if not plan and not offered["plans"]:
        raise NotFound(f"{offered['name']} has no plan to subscribe to")
    body = {"api_id": offered["id"], "plan": plan or offered["plans"][0]}
    made = api.post("applications", application_id, "subscriptions", body=body)
    return {**made, "api": offered["name"]}


@subscriptions.command("change")
def change_subscription(
    context: typer.Context,
    app: AppArgument,
    api: ApiArgument,
    *,
    plan: Annotated[str, typer.Option("--plan", metavar="NAME", help="The new plan.")],
    output: OutputOption = None,
) -> None:
    """Choose another plan."""
    with management.opened(context) as opened:
        found = _subscription(opened, app, api)
        path = ("applications", found["application_id"], "subscriptions", found["id"])
        changed = opened.patch(*path, body={"plan": plan})
    screen.show_one(_SUBSCRIPTIONS, {**found, **changed}, output)


@subscriptions.command("remove")
def remove_subscription(
    context: typer.Context, app: AppArgument, api: ApiArgument, *, yes: YesOption = False
) -> None:
    """Unsubscribe an application; its next call to the API is refused."""
    with management.opened(context) as opened:
        found = _subscription(opened, app, api)
        sure(f"Unsubscribe from {found['api']}?", is_sure=yes)
        path = ("applications", found["application_id"], "subscriptions", found["id"])
        opened.delete(*path)
    screen.done(f"Unsubscribed from {found['api']}.")


def _subscription(api: Management, app: str, named: str) -> Record:
    wanted = api.api(named)
    for one in _with_names(api, api.application(app)["id"]):
        if one["api_id"] == wanted["id"]:
            return one
    raise NotFound(f"{app} is not subscribed to {wanted['name']}")


def _with_names(api: Management, application_id: str) -> list[Record]:
    """Return subscriptions, each with its API's name: ids alone say nothing to people."""
    names = {one["id"]: one["name"] for one in api.items("apis")}
    found = api.items("applications", application_id, "subscriptions")
    return [{**one, "api": names.get(one["api_id"], one["api_id"])} for one in found]
