"""``lodge profile``: servers, applications and where their secrets are kept, by name."""

import os
import sys
from enum import StrEnum
from typing import Annotated

import msgspec
import typer

from gatelodge_client.cli import chosen, developer, screen
from gatelodge_client.cli.asking import secret
from gatelodge_client.cli.screen import Column, OutputOption
from gatelodge_client.client import Client
from gatelodge_client.discovery import discovered
from gatelodge_client.errors import GatelodgeError, SettingsError
from gatelodge_client.profiles import Profile

SECRET_VARIABLE = "LODGE_CLIENT_SECRET"  # noqa: S105 - the name of a variable

app = typer.Typer(no_args_is_help=True, help="Servers and applications, by name.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The profile's name.")]

_COLUMNS = (
    Column("current", lambda one: "*" if one["current"] else ""),
    Column("name", lambda one: one["name"]),
    Column("server", lambda one: one["profile"].base_url),
    Column("consumer key", lambda one: one["profile"].client_id),
    Column("storage", lambda one: one["profile"].storage),
    Column("tenant", lambda one: one["profile"].tenant, is_wide=True),
)


class Storage(StrEnum):
    """Where secrets may be kept."""

    AUTO = "auto"
    KEYRING = "keyring"
    FILE = "file"


class Travels(StrEnum):
    """Where the consumer secret travels."""

    BASIC = "basic"
    POST = "post"


def _url(name: str, meaning: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(name, metavar="URL", help=meaning)
    return option


@app.command("list")
def list_profiles(*, output: OutputOption = None) -> None:
    """List the profiles; a star marks the current one."""
    known = chosen.profiles()
    names, current = known.names(), known.current()
    rows = [{"name": n, "current": n == current, "profile": known.get(n)} for n in names]
    if output is screen.Output.JSON:
        told = [{column.title: column.value(row) for column in _COLUMNS[1:]} for row in rows]
        for one in told:
            one["current"] = one["name"] == current
        screen.write(screen.json_text(told) + "\n")
        return
    screen.show_list(_COLUMNS, rows, output, "There is no profile yet: lodge profile add --help")


@app.command()
def use(name: Name) -> None:
    """Make a profile the current one."""
    chosen.profiles().use(name)
    screen.done(f"{name} is used from now on.")


@app.command()
def add(  # noqa: PLR0913 - each argument is one of the command's options
    name: Name,
    *,
    base_url: Annotated[str, _url("--base-url", "The server: https://api.example.com.")],
    client_id: Annotated[
        str,
        typer.Option(
            "--client-id",
            metavar="KEY",
            help="The application's consumer key; none for a developer's profile.",
        ),
    ] = "",
    secret_stdin: Annotated[
        bool,
        typer.Option(
            "--secret-stdin",
            metavar="",
            help=f"Read the consumer secret from standard input; or set {SECRET_VARIABLE}.",
        ),
    ] = False,
    public: Annotated[
        bool,
        typer.Option("--public", metavar="", help="The application has no consumer secret."),
    ] = False,
    tenant: Annotated[
        str, typer.Option("--tenant", metavar="NAME", help="The tenant.")
    ] = "vbc.prod",
    scope: Annotated[
        str, typer.Option("--scope", metavar="SCOPE", help="What to ask for, separated by spaces.")
    ] = "openid",
    redirect_uri: Annotated[
        str, _url("--redirect-uri", "Where the browser returns to, as registered; port 0: any.")
    ] = "http://127.0.0.1:0/callback",
    token_url: Annotated[str, _url("--token-url", "The token endpoint, if elsewhere.")] = "",
    authorize_url: Annotated[
        str, _url("--authorize-url", "The authorization endpoint, if elsewhere.")
    ] = "",
    device_url: Annotated[str, _url("--device-url", "The device endpoint, if elsewhere.")] = "",
    revoke_url: Annotated[str, _url("--revoke-url", "The revocation endpoint, if elsewhere.")] = "",
    discover: Annotated[
        bool,
        typer.Option("--discover", metavar="", help="Ask the server for these addresses instead."),
    ] = False,
    client_auth: Annotated[
        Travels,
        typer.Option("--client-auth", help="The consumer secret in the header or the body."),
    ] = Travels.BASIC,
    storage: Annotated[
        Storage, typer.Option("--storage", help="Where secrets and tokens are kept.")
    ] = Storage.AUTO,
) -> None:
    """Keep a server and an application under a name, and use it from now on.

    The consumer secret is asked for at a terminal. A name that is there already is replaced.
    """
    profile = Profile(
        base_url=base_url,
        client_id=client_id,
        tenant=tenant,
        scope=scope,
        redirect_uri=redirect_uri,
        token_url=token_url,
        authorize_url=authorize_url,
        device_url=device_url,
        revoke_url=revoke_url,
        client_auth=client_auth.value,
        storage=storage.value,
    )
    if discover:
        profile = _with_addresses(profile)
    needs_secret = bool(client_id) and not public
    held = _consumer_secret(is_piped=secret_stdin) if needs_secret else ""
    known = chosen.profiles()
    kept = known.add(name, profile, held)
    screen.done(f"Kept the profile {name}; its secrets are kept in {known.store(kept).where}.")
    screen.say(f"Next: lodge login{'' if client_id else ' --developer'}", "dim")


@app.command()
def remove(name: Name) -> None:
    """Sign out of a profile and forget it, its secrets included."""
    known = chosen.profiles()
    profile = known.get(name)
    if profile.client_id:
        settings, options = known.open(name)
        with Client(settings, connecting=chosen.CONNECTING, **options) as client:
            try:
                client.sign_out()
            except GatelodgeError as error:
                screen.say(f"The server could not be told to revoke the tokens: {error.message}")
    known.remove(name)
    if not any(known.get(other).base_url == profile.base_url for other in known.names()):
        developer.forget(chosen.Chosen(name=name, profile=profile, store=known.store(profile)))
    screen.done(f"Removed the profile {name}.")


def _with_addresses(profile: Profile) -> Profile:
    settings = msgspec.structs.replace(profile, client_id=profile.client_id or "none").settings()
    found = chosen.CONNECTING.run(discovered(settings, settings.base_url))
    return msgspec.structs.replace(
        profile,
        token_url=found.token_url,
        authorize_url=found.authorize_url,
        device_url=found.device_url,
        revoke_url=found.revoke_url,
        issuer=found.issuer,
        require_iss=found.require_iss,
    )


def _consumer_secret(*, is_piped: bool) -> str:
    given = os.environ.get(SECRET_VARIABLE, "")
    if given and not is_piped:
        return given
    if not is_piped and not sys.stdin.isatty():
        raise SettingsError(
            "The application's consumer secret is missing",
            hint=f"Pipe it in with --secret-stdin, set {SECRET_VARIABLE}, or say --public.",
        )
    return secret("Consumer secret: ", "--secret-stdin", is_piped=is_piped).reveal()
