"""The ``lodge`` command: mounts every command, and turns errors into words and exit codes."""

import os
import sys
import traceback
from importlib.metadata import version
from typing import Annotated

import typer

from gatelodge_client.cli import (
    apps,
    exits,
    keys,
    listing,
    profile,
    screen,
    sending,
    signing,
    subscribing,
)
from gatelodge_client.cli.quickstart import quickstart
from gatelodge_client.errors import GatelodgeError

DEBUG_VARIABLE = "LODGE_DEBUG"

app = typer.Typer(
    name="lodge",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="""Sign in to Gatelodge or VBC, read accounts, locations, extensions and users.

    **Begin:** lodge profile add demo --base-url http://localhost:8080 --client-id KEY, then
    lodge login, then lodge whoami. Or, without an application yet: lodge quickstart --base-url
    http://localhost:8080

    **In scripts:** lodge users list -o json, or curl -H "Authorization: Bearer $(lodge token)"

    Exit codes: 0 done, 1 failed, 2 bad usage or parameters, 3 not signed in, 4 forbidden or not
    subscribed, 5 not found, 6 throttled, 7 server or network failed.""",
)
app.command(rich_help_panel="Begin")(quickstart)
app.command(rich_help_panel="Sign in")(signing.login)
app.command(rich_help_panel="Sign in")(signing.logout)
app.command(rich_help_panel="Sign in")(signing.status)
app.command(rich_help_panel="Sign in")(signing.token)
app.command(rich_help_panel="Sign in")(signing.whoami)
app.add_typer(profile.app, name="profile", rich_help_panel="Sign in")
app.add_typer(listing.accounts, name="accounts", rich_help_panel="Read")
app.add_typer(listing.locations, name="locations", rich_help_panel="Read")
app.add_typer(listing.extensions, name="extensions", rich_help_panel="Read")
app.add_typer(listing.users, name="users", rich_help_panel="Read")
app.command(rich_help_panel="Read")(sending.request)
app.add_typer(apps.apps, name="apps", rich_help_panel="Build")
app.add_typer(keys.keys, name="keys", rich_help_panel="Build")
app.add_typer(subscribing.subscriptions, name="subscriptions", rich_help_panel="Build")
app.add_typer(apps.apis, name="apis", rich_help_panel="Build")


def _version(wanted: bool) -> None:  # noqa: FBT001 - typer hands an option's value over like this
    if wanted:
        screen.write(f"lodge {version('gatelodge-client')}\n")
        raise typer.Exit


@app.callback()
def main(
    context: typer.Context,
    *,
    profile_name: Annotated[
        str,
        typer.Option(
            "--profile",
            "-p",
            metavar="NAME",
            envvar="LODGE_PROFILE",
            help="The profile to work with. Default: the one added or chosen last.",
            show_default=False,
        ),
    ] = "",
    show_version: Annotated[
        bool,
        typer.Option(
            "--version", metavar="", callback=_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Remember which profile was chosen for the command that follows."""
    del show_version
    context.obj = profile_name


def run() -> None:
    """Run the command line; whatever goes wrong ends with words and an exit code."""
    try:
        app(prog_name="lodge")
    except GatelodgeError as error:
        sys.exit(screen.refuse(error))
    except Exception as error:  # noqa: BLE001 - a fault of this program is still no traceback
        if os.environ.get(DEBUG_VARIABLE):
            traceback.print_exc()
        screen.say(f"Error: lodge itself failed ({type(error).__name__}).", "bold red")
        screen.say(f"Please report it, with what {DEBUG_VARIABLE}=1 prints.")
        sys.exit(exits.FAILED)
