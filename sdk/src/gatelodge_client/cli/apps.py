"""``lodge apps`` and ``lodge apis``: applications, and what they may subscribe to."""

import sys
from collections.abc import Mapping
from typing import Annotated

import typer

from gatelodge_client.cli import management, screen
from gatelodge_client.cli.screen import Column, OutputOption
from gatelodge_client.errors import SettingsError

apps = typer.Typer(no_args_is_help=True, help="Your applications.")
apis = typer.Typer(no_args_is_help=True, help="The API directory.")

AppArgument = Annotated[str, typer.Argument(metavar="APP", help="The application's id or name.")]
ApiArgument = Annotated[str, typer.Argument(metavar="API", help="The API's id or name.")]
SearchOption = Annotated[str, typer.Option("--search", metavar="WORDS", help="Only what matches.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", metavar="", help="Do it without asking.")]
_QUOTA = typer.Option("--quota", metavar="NAME", help="Calls per token; see lodge apis quotas.")
_DESCRIPTION = typer.Option("--description", metavar="TEXT", help="What it is for.")


def _field(name: str, title: str = "", *, is_wide: bool = False) -> Column:
    return Column(title or name.replace("_", " "), lambda one: one.get(name), is_wide)


APPS = (
    _field("id"),
    _field("name"),
    _field("quota"),
    _field("state"),
    _field("description"),
    _field("created_at", is_wide=True),
)
APIS = (
    _field("id"),
    _field("name"),
    _field("version"),
    _field("context"),
    _field("plans"),
    _field("state"),
    _field("description", is_wide=True),
)
_LIMITS = (_field("name"), _field("limit"), _field("period", "seconds"), _field("description"))


def sure(question: str, *, is_sure: bool) -> None:
    """Ask before something ends for good; where nobody can answer, --yes has to be there."""
    if is_sure:
        return
    if not sys.stdin.isatty():
        raise SettingsError("Nobody can be asked here", hint="Add --yes to do it without asking.")
    if not typer.confirm(question, err=True):
        raise typer.Exit(1)


@apps.command("list")
def list_apps(
    context: typer.Context, *, search: SearchOption = "", output: OutputOption = None
) -> None:
    """List your applications."""
    with management.opened(context) as api:
        found = api.items("applications", search=search)
    screen.show_list(APPS, found, output, "No application: lodge apps create NAME")


@apps.command("get")
def get_app(context: typer.Context, app: AppArgument, *, output: OutputOption = None) -> None:
    """Show one application."""
    with management.opened(context) as api:
        found = api.application(app)
    screen.show_one(APPS, found, output)


@apps.command("create")
def create_app(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name.")],
    *,
    description: Annotated[str, _DESCRIPTION] = "",
    quota: Annotated[str, _QUOTA] = "",
    output: OutputOption = None,
) -> None:
    """Add an application."""
    with management.opened(context) as api:
        made = api.post(
            "applications", body=_given(name=name, description=description, quota=quota)
        )
    screen.show_one(APPS, made, output)
    screen.say(f"Next: lodge keys generate {made['id']} --save PROFILE", "dim")


@apps.command("update")
def update_app(
    context: typer.Context,
    app: AppArgument,
    *,
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="A new name.")] = "",
    description: Annotated[str, _DESCRIPTION] = "",
    quota: Annotated[str, _QUOTA] = "",
    output: OutputOption = None,
) -> None:
    """Change an application; what is not given stays."""
    wanted = _given(name=name, description=description, quota=quota)
    if not wanted:
        raise SettingsError("Nothing is to change", hint="Give --name, --description or --quota.")
    with management.opened(context) as api:
        changed = api.patch("applications", api.application(app)["id"], body=wanted)
    screen.show_one(APPS, changed, output)


@apps.command("delete")
def delete_app(context: typer.Context, app: AppArgument, *, yes: YesOption = False) -> None:
    """Delete an application with its keys and subscriptions; its tokens end at once."""
    with management.opened(context) as api:
        found = api.application(app)
        sure(f"Delete {found['name']} with its keys and subscriptions?", is_sure=yes)
        api.delete("applications", found["id"])
    screen.done(f"Deleted {found['name']}.")


@apis.command("list")
def list_apis(
    context: typer.Context, *, search: SearchOption = "", output: OutputOption = None
) -> None:
    """List the APIs that applications can subscribe to."""
    with management.opened(context) as api:
        found = api.items("apis", search=search)
    screen.show_list(APIS, found, output, "No API is offered.")


@apis.command("get")
def get_api(context: typer.Context, api: ApiArgument, *, output: OutputOption = None) -> None:
    """Show one API."""
    with management.opened(context) as opened:
        found = opened.api(api)
    screen.show_one(APIS, found, output)


@apis.command("openapi")
def show_document(context: typer.Context, api: ApiArgument) -> None:
    """Print an API's OpenAPI document."""
    with management.opened(context) as opened:
        found = opened.get("apis", opened.api(api)["id"], "openapi.json")
    screen.write(screen.json_text(found) + "\n")


@apis.command("plans")
def list_plans(context: typer.Context, *, output: OutputOption = None) -> None:
    """List the plans of subscriptions."""
    with management.opened(context) as opened:
        found = opened.items("plans")
    screen.show_list(_LIMITS, found, output, "There are no plans.")


@apis.command("quotas")
def list_quotas(context: typer.Context, *, output: OutputOption = None) -> None:
    """List the quotas that limit the calls with one access token."""
    with management.opened(context) as opened:
        found = opened.items("quotas")
    screen.show_list(_LIMITS, found, output, "There are no quotas.")


def _given(**values: str) -> Mapping[str, str]:
    return {name: value for name, value in values.items() if value}
