"""``gatelodge users``: the people of the directory who sign in to applications."""

import typer

from gatelodge.cli.acting import AsJson, attempt, print_json, say
from gatelodge.cli.installation import Installation
from gatelodge.cli.shown import ShownUser, shown_user
from gatelodge.identity.errors import Unknown
from gatelodge.identity.users import User
from gatelodge.operations.actor import Act
from gatelodge.storage import users as stored

app = typer.Typer(no_args_is_help=True, help="Set passwords of users, look them up, shut them out.")


@app.callback()
def group() -> None:
    """Set passwords of users, look them up, shut them out."""


@app.command()
def show(context: typer.Context, login: str, *, as_json: AsJson = False) -> None:
    """Show one user by LOGIN, with or without @tenant."""

    async def work(installation: Installation, _act: Act) -> ShownUser:
        return shown_user(await meant(installation, login))

    user = attempt(context, work, as_json=as_json)
    if as_json:
        print_json(user)
    else:
        password = "has a password" if user.has_password else "has no password"
        say(f"{user.login_name} ({user.email}), {user.role} of account {user.account_id}")
        say(f"{user.state}, {password}")


async def meant(installation: Installation, login: str) -> User:
    """Return the user a login means. Raises ``Unknown``."""
    bare = login.removesuffix(f"@{installation.settings.tenant}")
    found = await installation.store.read(stored.find_by_login, bare)
    if found is None:
        raise Unknown("user")
    return found
