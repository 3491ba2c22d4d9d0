"""``gatelodge developers``: who may sign in to the portal."""

import time
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from gatelodge.cli.acting import AsJson, attempt, print_json, print_table, say
from gatelodge.cli.installation import Installation
from gatelodge.cli.shown import ShownDeveloper, shown_developer
from gatelodge.identity import invites as rules
from gatelodge.identity.factors import Person
from gatelodge.operations import developers as acts
from gatelodge.operations import factors, invites
from gatelodge.operations.actor import Act
from gatelodge.storage import developers as stored

app = typer.Typer(
    no_args_is_help=True, help="Invite developers to the portal, list them, shut them out."
)


Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The developer's e-mail address.")]


class ShownInvite(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation: mailed, or its one-time link and when that ends (seconds since the epoch)."""

    developer: ShownDeveloper
    mailed: bool
    link: str | None
    expires_at: int | None


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


@app.command()
def invite(
    context: typer.Context,
    email: Email,
    *,
    role: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ROLE",
            help="publisher or administrator, beside developer, which everybody is; repeat it.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a one-time link by which EMAIL becomes a developer.

    The running server mails the link if a mail server is set; otherwise it is printed: hand it
    over yourself. Inviting somebody again who has not come yet makes a new link and ends the old
    one.
    """

    async def work(installation: Installation, act: Act) -> ShownInvite:
        roles = rules.roles_of(role or ())
        key = installation.secrets.derive(invites.DIGEST)
        if installation.settings.smtp_url:
            invited = await installation.store.write(invites.invite_by_mail, act, email, roles)
            developer = shown_developer(invited)
            return ShownInvite(developer=developer, mailed=True, link=None, expires_at=None)
        made = await installation.store.write(invites.invite, act, key, email, roles)
        return ShownInvite(
            developer=shown_developer(made.developer),
            mailed=False,
            link=f"{installation.settings.issuer}/invite/{made.text}",
            expires_at=made.expires_at,
        )

    made = attempt(context, work, as_json=as_json)
    if as_json:
        print_json(made)
        return
    if made.link is None or made.expires_at is None:
        say(f"Invited {made.developer.email}. The server mails the link.")
        return
    day = time.strftime("%Y-%m-%d", time.gmtime(made.expires_at))
    say(f"Invited {made.developer.email}. This link works once, until {day}:")
    say(made.link)


@app.command()
def disable(context: typer.Context, email: Email, *, as_json: AsJson = False) -> None:
    """Shut a developer out: their sessions and their applications' access tokens end now."""

    async def work(installation: Installation, act: Act) -> ShownDeveloper:
        found = await installation.store.read(acts.find, rules.email_of(email))
        return shown_developer(await installation.store.write(acts.disable, act, found.id))

    _told(attempt(context, work, as_json=as_json), as_json=as_json)


@app.command()
def enable(context: typer.Context, email: Email, *, as_json: AsJson = False) -> None:
    """Let a disabled developer in again; access tokens that ended stay ended."""

    async def work(installation: Installation, act: Act) -> ShownDeveloper:
        found = await installation.store.read(acts.find, rules.email_of(email))
        return shown_developer(await installation.store.write(acts.enable, act, found.id))

    _told(attempt(context, work, as_json=as_json), as_json=as_json)


@app.command("reset-factors")
def reset_factors(context: typer.Context, email: Email, *, as_json: AsJson = False) -> None:
    """Remove the authenticator app, passkeys and recovery codes of somebody who lost them.

    Their sessions end; the password alone signs them in again. Make sure who is asking.
    """

    async def work(installation: Installation, act: Act) -> ShownDeveloper:
        found = await installation.store.read(acts.find, rules.email_of(email))
        await installation.store.write(factors.reset, act, Person("developer", found.id))
        return shown_developer(found)

    developer = attempt(context, work, as_json=as_json)
    if as_json:
        print_json(developer)
    else:
        say(f"{developer.email} signs in with the password alone until a second factor is set up.")


def _told(developer: ShownDeveloper, *, as_json: bool) -> None:
    if as_json:
        print_json(developer)
    else:
        say(f"{developer.email} is {developer.state}.")
