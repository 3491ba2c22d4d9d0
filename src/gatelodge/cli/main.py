"""The ``gatelodge`` command: mounts every group of commands and says what they are for."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from gatelodge import __version__
from gatelodge.cli import apis, audit, developers, gateway, keys, subscriptions, users
from gatelodge.cli.backup import backup, restore
from gatelodge.cli.doctor import doctor
from gatelodge.cli.import_ import app as import_app
from gatelodge.cli.init import init
from gatelodge.cli.migrate import migrate
from gatelodge.cli.serve import serve

app = typer.Typer(
    name="gatelodge",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="""Developer portal, OAuth 2.1 / OpenID Connect server and API gateway in one process.

    **Try it:** gatelodge serve --demo

    **Install it:** gatelodge init, then gatelodge serve. The first start prints a link that
    makes the first administrator.

    **Offer an API:** gatelodge apis publish openapi.yaml --context /weather
    --upstream http://127.0.0.1:9000

    Settings come from gatelodge.toml here (or --config), then GATELODGE_* variables, then options.
    Exit codes: 0 done, 1 failed, 2 bad usage or configuration.""",
)
app.command(rich_help_panel="Run")(init)
app.command(rich_help_panel="Run")(serve)
app.command(rich_help_panel="Run")(migrate)
app.command(rich_help_panel="Run")(doctor)
app.command(rich_help_panel="Run")(backup)
app.command(rich_help_panel="Run")(restore)
app.add_typer(apis.app, name="apis", rich_help_panel="Manage")
app.add_typer(subscriptions.app, name="subscriptions", rich_help_panel="Manage")
app.add_typer(audit.app, name="audit", rich_help_panel="Manage")
app.add_typer(gateway.app, name="gateway", rich_help_panel="Run")
app.add_typer(developers.app, name="developers", rich_help_panel="Manage")
app.add_typer(keys.app, name="keys", rich_help_panel="Manage")
app.add_typer(users.app, name="users", rich_help_panel="Manage")
app.add_typer(import_app, name="import", rich_help_panel="Manage")


def _version(wanted: bool) -> None:  # noqa: FBT001 - typer hands an option's value over like this
    if wanted:
        Console(highlight=False).print(f"gatelodge {__version__}")
        raise typer.Exit


@app.callback()
def main(
    context: typer.Context,
    *,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            "-c",
            metavar="FILE",
            envvar="GATELODGE_CONFIG",
            help="Settings file. Default: gatelodge.toml in this directory, if there is one.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    version: Annotated[
        bool,
        typer.Option(
            "--version", metavar="", callback=_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Remember which settings file was chosen for the command that follows."""
    del version
    context.obj = config
