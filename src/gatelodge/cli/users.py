"""``gatelodge users``: the people of the directory who sign in to applications."""

import sys
from typing import Annotated

import typer

from gatelodge.cli.acting import AsJson, attempt, print_json, say
from gatelodge.cli.installation import Installation
from gatelodge.cli.shown import ShownUser, shown_user
from gatelodge.identity import passwords
from gatelodge.identity.factors import Person
from gatelodge.identity.users import User
from gatelodge.operations import factors
from gatelodge.operations import users as acts
from gatelodge.operations.actor import Act
from gatelodge.operations.common_passwords import is_common
from gatelodge.operations.passwords import PasswordPool

app = typer.Typer(no_args_is_help=True, help="Set passwords of users, look them up, shut them out.")

Login = Annotated[
    str,
    typer.Argument(metavar="LOGIN", help="Login name or e-mail address, with or without @tenant."),
]


@app.callback()
def group() -> None:
    """Set passwords of users, look them up, shut them out."""


@app.command()
def show(context: typer.Context, login: Login, *, as_json: AsJson = False) -> None:
    """Show one user: account, role, state, and whether there is a password."""

    async def work(installation: Installation, _act: Act) -> ShownUser:
        return shown_user(await _meant(installation, login))

    user = attempt(context, work, as_json=as_json)
    if as_json:
        print_json(user)
        return
    password = "has a password" if user.has_password else "has no password"
    say(f"{user.login_name} ({user.email}), {user.role} of account {user.account_id}")
    say(f"{user.state}, {password}")


@app.command("set-password")
def set_password(
    context: typer.Context,
    login: Login,
    *,
    stdin: Annotated[
        bool,
        typer.Option(
            "--stdin", metavar="", help="Read the password from standard input, one line."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Give a user a new password; what was signed in with the old one ends.

    The password is asked for without being shown. It is never taken from the command line, where
    other people on the machine could read it.
    """
    password = (
        sys.stdin.readline().rstrip("\r\n")
        if stdin
        else typer.prompt("New password", hide_input=True, confirmation_prompt=True)
    )

    async def work(installation: Installation, act: Act) -> ShownUser:
        found = await _meant(installation, login)
        names = (found.login_name, found.email, installation.settings.product_name)
        passwords.check(password, names, is_common)
        pool = PasswordPool(processes=1)
        try:
            password_hash = await pool.hash(password)
        finally:
            pool.close()
        after = await installation.store.write(acts.set_password, act, found.id, password_hash)
        return shown_user(after)

    user = attempt(context, work, as_json=as_json)
    if as_json:
        print_json(user)
    else:
        say(f"{user.login_name} has a new password.")


@app.command()
def disable(context: typer.Context, login: Login, *, as_json: AsJson = False) -> None:
    """Shut a user out: sessions end, and access tokens stop working with the next call."""

    async def work(installation: Installation, act: Act) -> ShownUser:
        found = await _meant(installation, login)
        return shown_user(await installation.store.write(acts.disable, act, found.id))

    _told(attempt(context, work, as_json=as_json), as_json=as_json)


@app.command()
def enable(context: typer.Context, login: Login, *, as_json: AsJson = False) -> None:
    """Let a disabled user sign in again."""

    async def work(installation: Installation, act: Act) -> ShownUser:
        found = await _meant(installation, login)
        return shown_user(await installation.store.write(acts.enable, act, found.id))

    _told(attempt(context, work, as_json=as_json), as_json=as_json)


@app.command("reset-factors")
def reset_factors(context: typer.Context, login: Login, *, as_json: AsJson = False) -> None:
    """Remove the authenticator app, passkeys and recovery codes of somebody who lost them.

    Their sessions end; the password alone signs them in again. Make sure who is asking.
    """

    async def work(installation: Installation, act: Act) -> ShownUser:
        found = await _meant(installation, login)
        await installation.store.write(factors.reset, act, Person("user", found.id))
        return shown_user(found)

    user = attempt(context, work, as_json=as_json)
    if as_json:
        print_json(user)
    else:
        say(f"{user.login_name} signs in with the password alone until a second factor is set up.")


async def _meant(installation: Installation, login: str) -> User:
    bare = login.removesuffix(f"@{installation.settings.tenant}")
    return await installation.store.read(acts.find, bare)


def _told(user: ShownUser, *, as_json: bool) -> None:
    if as_json:
        print_json(user)
    else:
        say(f"{user.login_name} is {user.state}.")
