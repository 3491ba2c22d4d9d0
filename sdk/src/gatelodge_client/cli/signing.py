"""``lodge login``, ``logout``, ``status``, ``token`` and ``whoami``."""

import time
from typing import Annotated

import msgspec
import typer
from rich.panel import Panel
from rich.text import Text

from gatelodge_client.browser import Browser, open_browser, tell
from gatelodge_client.cli import chosen, developer, exits, screen
from gatelodge_client.cli.asking import Pasted, password_of
from gatelodge_client.cli.screen import OutputOption
from gatelodge_client.client import Client
from gatelodge_client.device import Device, Prompt
from gatelodge_client.errors import Forbidden, GatelodgeError, NotFound, SettingsError
from gatelodge_client.grants import Grant, Password
from gatelodge_client.profiles import Profile
from gatelodge_client.session import Interactive


def login(  # noqa: PLR0913 - each argument is one of the command's options
    context: typer.Context,
    *,
    device: Annotated[
        bool,
        typer.Option("--device", metavar="", help="Show a code to enter on another device."),
    ] = False,
    no_browser: Annotated[
        bool,
        typer.Option(
            "--no-browser",
            metavar="",
            help="Open and listen for nothing: print the address, and read the one that the"
            " browser ended at from the terminal or from standard input.",
        ),
    ] = False,
    user: Annotated[
        str,
        typer.Option(
            "--user",
            metavar="NAME",
            help="Sign in with this user's password; it is asked for, or see --password-stdin.",
        ),
    ] = "",
    password_stdin: Annotated[
        bool,
        typer.Option(
            "--password-stdin",
            metavar="",
            help="With --user or --developer: read the secret from standard input.",
        ),
    ] = False,
    redirect_uri: Annotated[
        str,
        typer.Option(
            "--redirect-uri",
            metavar="URL",
            help="Where the browser returns to, this time; otherwise the profile says so.",
        ),
    ] = "",
    as_developer: Annotated[
        bool,
        typer.Option(
            "--developer",
            metavar="",
            help="Keep a personal access token for apps, keys, subscriptions and apis. Make it on"
            " the portal's page /account/access-tokens; it is asked for, or read with"
            " --password-stdin.",
        ),
    ] = False,
) -> None:
    """Sign in, and keep the tokens where the profile says.

    Opens the browser unless an option names another way. A user signs in for the data commands,
    a developer (--developer) for apps, keys, subscriptions and apis.
    """
    ways = [device, no_browser, bool(user), as_developer]
    if sum(ways) > 1:
        raise SettingsError("Choose one of --device, --no-browser, --user and --developer")
    if as_developer:
        developer.sign_in(context, is_piped=password_stdin)
        return
    if password_stdin and not user:
        raise SettingsError("--password-stdin needs to know whose", hint="Add --user NAME.")
    with chosen.client(context) as (client, found):
        profile = found.profile
        if redirect_uri:
            profile = msgspec.structs.replace(profile, redirect_uri=redirect_uri)
        if user:
            how: Grant | Interactive = Password(user, password_of(user, is_piped=password_stdin))
        else:
            how = interactive(profile, device=device, no_browser=no_browser)
        client.sign_in(how)
        screen.done(f"Signed in at {found.profile.base_url} (profile {found.name}).")
        screen.say(f"Tokens are kept in {found.store.where}.", "dim")


def interactive(profile: Profile, *, device: bool, no_browser: bool) -> Interactive:
    """Return how a person signs in at this machine or beside it."""
    if device:
        return Device(show=_show_code)
    return _browser(profile, is_here=not no_browser)


def _browser(profile: Profile, *, is_here: bool) -> Browser:
    if is_here:
        return Browser(redirect_uri=profile.redirect_uri, show=open_browser)

    def show(address: str) -> None:
        tell(address)
        screen.say("Then paste the address that the browser ended at (its page may be an error):")

    return Browser(
        redirect_uri=profile.redirect_uri.replace(":0/", "/", 1),
        show=show,
        pasted=Pasted(),
        listen=False,
    )


def _show_code(prompt: Prompt) -> None:
    console = screen.stderr()
    where, code = screen.clean(prompt.verification_uri), screen.clean(prompt.user_code)
    if not console.is_terminal:
        screen.say(f"Open {where} and enter the code {code}")
        return
    text = Text.assemble("Open   ", (where, "underline"), "\nEnter  ", (code, "bold"))
    console.print(Panel(text, expand=False, padding=(1, 3)))
    with_code = prompt.verification_uri_complete
    if with_code:
        screen.say(f"Or open {with_code}", "dim")
    minutes = max(1, round(prompt.expires_in / 60))
    screen.say(f"Waiting, at most {minutes} minutes. Ctrl-C ends it.", "dim")


def logout(
    context: typer.Context,
    *,
    as_developer: Annotated[
        bool,
        typer.Option("--developer", metavar="", help="Forget the personal access token instead."),
    ] = False,
) -> None:
    """Forget the tokens here, and revoke them at the server."""
    if as_developer:
        developer.sign_out(context)
        return
    with chosen.client(context) as (client, found):
        if chosen.held(client.session) is None:
            screen.say(f"Nobody is signed in (profile {found.name}).")
            return
        try:
            client.sign_out()
        except GatelodgeError as error:
            screen.say("The tokens are forgotten here, but the server was not told.")
            raise typer.Exit(screen.refuse(error)) from error
        screen.done(f"Signed out (profile {found.name}).")


def status(context: typer.Context, *, output: OutputOption = None) -> None:
    """Show the profile, where its tokens are and how long they live; asks no server.

    Exit code 3 when nobody is signed in.
    """
    found = chosen.chosen(context)
    profile = found.profile
    facts: dict[str, object] = {
        "profile": found.name,
        "server": profile.base_url,
        "tenant": profile.tenant,
        "consumer key": profile.client_id,
        "tokens kept in": f"{found.store.kind}: {found.store.where}",
    }
    is_in = False
    if profile.client_id:
        with chosen.client(context) as (client, _):
            is_in = _add_session(facts, client)
    facts["personal access token"] = developer.described(found)
    screen.show_facts(facts, output)
    if not is_in:
        raise typer.Exit(exits.NOT_SIGNED_IN)


def _add_session(facts: dict[str, object], client: Client) -> bool:
    """Add what is known of the sign-in; tell whether there is one that still helps."""
    tokens, now = chosen.held(client.session), time.time()
    if tokens is None:
        facts["signed in"] = "no"
        return False
    lives = tokens.lives(now)
    facts["signed in"] = "yes" if lives or tokens.refresh_token else "ended"
    facts["access token"] = _remaining(tokens.expires_at - now)
    facts["refresh token"] = "yes" if tokens.refresh_token else "no"
    facts["scope"] = tokens.scope
    return lives or bool(tokens.refresh_token)


def _remaining(seconds: float) -> str:
    if seconds <= 0:
        return "expired"
    minutes = int(seconds // 60)
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min left" if hours else f"{minutes} min left"


def token(context: typer.Context) -> None:
    """Print an access token with life left, renewed if that is due; nothing else.

    For scripts: curl -H "Authorization: Bearer $(lodge token)" https://...
    """
    with chosen.client(context) as (client, _):
        screen.write(f"{client.access_token()}\n")


def whoami(context: typer.Context, *, output: OutputOption = None) -> None:
    """Show who is signed in, and their account."""
    with chosen.client(context) as (client, _):
        told = _claims(client)
        try:
            account = client.accounts.get("self")
            told |= {"account": account.id, "account name": account.name}
        except (Forbidden, NotFound):
            # Known already without the Provisioning API, where the server tells claims.
            if not told:
                raise
    screen.show_facts(told, output)


def _claims(client: Client) -> dict[str, object]:
    """Return what OpenID Connect tells of the user; nothing from servers without it (VBC)."""
    try:
        told = msgspec.json.decode(client.request("GET", "/userinfo").content)
    except (Forbidden, NotFound, msgspec.DecodeError):
        return {}
    found = told if isinstance(told, dict) else {}
    names = {"login": "sub", "name": "name", "email": "email", "account": "account"}
    return {ours: found[theirs] for ours, theirs in names.items() if theirs in found}
