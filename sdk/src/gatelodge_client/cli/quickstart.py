"""``lodge quickstart``: from a personal access token to the first call, one command."""

from typing import Annotated

import typer

from gatelodge_client.cli import chosen, developer, exits, listing, management, screen, signing
from gatelodge_client.cli.chosen import Chosen
from gatelodge_client.cli.keys import CALLBACK, keep, made_keys
from gatelodge_client.cli.subscribing import subscribe
from gatelodge_client.client import Client
from gatelodge_client.errors import GatelodgeError, SettingsError
from gatelodge_client.profiles import Profile

_GRANTS = (
    "authorization_code",
    "refresh_token",
    "urn:ietf:params:oauth:grant-type:device_code",
)


def quickstart(  # noqa: PLR0913 - each argument is one of the command's options
    context: typer.Context,
    *,
    base_url: Annotated[
        str,
        typer.Option("--base-url", metavar="URL", help="The server. Default: the profile's."),
    ] = "",
    name: Annotated[
        str, typer.Option("--name", metavar="NAME", help="Of the application and the profile.")
    ] = "quickstart",
    api: Annotated[
        str, typer.Option("--api", metavar="API", help="What to subscribe to.")
    ] = "Provisioning",
    plan: Annotated[
        str, typer.Option("--plan", metavar="NAME", help="Its plan. Default: its first.")
    ] = "",
    device: Annotated[
        bool, typer.Option("--device", metavar="", help="Sign in on another device.")
    ] = False,
    no_browser: Annotated[
        bool,
        typer.Option("--no-browser", metavar="", help="Print the address, read the one pasted."),
    ] = False,
) -> None:
    """Create an application, generate keys, subscribe, sign in, make the first call.

    Needs a personal access token (the portal's page /account/access-tokens), which is asked for
    unless there is one. What was made stays when a later step fails.
    """
    server = _server(context, base_url, name)
    profile = _made(server, name, api, plan)
    settings, options = chosen.profiles().open(name)
    with Client(settings, connecting=chosen.CONNECTING, **options) as client:
        how = signing.interactive(profile, device=device, no_browser=no_browser)
        try:
            client.sign_in(how)
        except GatelodgeError as error:
            error.hint = f"{exits.advice(error)} Go on with: lodge login".strip()
            raise
        screen.done("Signed in.")
        account = client.accounts.get("self")
    screen.done("The first call came back:")
    screen.show_one(listing.ACCOUNTS, account, None)
    screen.say("Next: lodge users list, lodge request --help", "dim")


def _server(context: typer.Context, base_url: str, name: str) -> Chosen:
    """Return the server to work with, as a profile of a developer where none was chosen yet."""
    if not base_url:
        return chosen.chosen(context)
    known = chosen.profiles()
    if name in known.names():
        raise SettingsError(
            f"There is a profile {name!r} already",
            hint="Choose another --name, or leave --base-url out to use the profile's server.",
        )
    profile = known.add(name, Profile(base_url=base_url))
    return Chosen(name=name, profile=profile, store=known.store(profile))


def _made(server: Chosen, name: str, api: str, plan: str) -> Profile:
    """Make application, keys and subscription, and keep the keys as the profile ``name``."""
    held = developer.ensured(server)
    with chosen.CONNECTING.client() as http:
        opened = management.Management(server, held, http)
        application = opened.post("applications", body={"name": name})
        screen.done(f"Created the application {name}.")
        wanted: dict[str, object] = {
            "environment": "production",
            "grant_types": _GRANTS,
            "redirect_uris": [CALLBACK],
        }
        made = made_keys(opened, application["id"], wanted)
        profile = keep(name, server.profile, made)
        screen.done(f"Generated keys, kept as the profile {name}: {made['consumer_key']}")
        subscription = subscribe(opened, application["id"], api, plan)
    screen.done(f"Subscribed to {subscription['api']} under the plan {subscription['plan']}.")
    return profile
