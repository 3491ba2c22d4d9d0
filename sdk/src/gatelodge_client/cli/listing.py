"""``lodge accounts``, ``locations``, ``extensions`` and ``users``: the Provisioning API."""

from collections.abc import Sequence
from typing import Annotated, TypeVar

import typer

from gatelodge_client.cli import chosen, screen
from gatelodge_client.cli.screen import Column, OutputOption
from gatelodge_client.models import Account, Extension, Location, Model, User
from gatelodge_client.provisioning import ExtensionFilters, UserFilters
from gatelodge_client.resources import Listing

M = TypeVar("M", bound=Model)

AccountOption = Annotated[
    str, typer.Option("--account", metavar="ID", help="Whose; self is the signed-in user's own.")
]
LimitOption = Annotated[
    int | None,
    typer.Option(
        "--limit", "-n", min=1, metavar="COUNT", help="Stop after so many.", show_default=False
    ),
]
PageSizeOption = Annotated[
    int, typer.Option("--page-size", min=1, max=1000, help="How many to ask for at a time.")
]


def _filter(name: str, meaning: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(f"--{name}", metavar="TEXT", help=meaning)
    return option


def _address(record: Account | Location) -> str:
    place = record.address
    if place is None:
        return ""
    parts = (place.address_1, place.address_2, place.city, place.state, place.postal_code)
    return ", ".join(part for part in (*parts, place.country) if part)


def _person(record: object) -> str:
    names = (getattr(record, "first_name", None), getattr(record, "last_name", None))
    return " ".join(name for name in names if name)


ACCOUNTS: Sequence[Column] = (
    Column("id", lambda one: one.id),
    Column("name", lambda one: one.name),
    Column("status", lambda one: one.status),
    Column("address", _address),
)
LOCATIONS: Sequence[Column] = (
    Column("id", lambda one: one.id),
    Column("name", lambda one: one.name),
    Column("address", _address),
    Column("time zone", lambda one: one.address.time_zone if one.address else None),
)
EXTENSIONS: Sequence[Column] = (
    Column("extension", lambda one: one.extension_number),
    Column("external id", lambda one: one.external_id, is_wide=True),
    Column("user", lambda one: _person(one.user)),
    Column("login", lambda one: one.user.login_name if one.user else None, is_wide=True),
    Column("location", lambda one: one.location_id),
    Column("caller id", lambda one: one.caller_id),
    Column("numbers", lambda one: [did.phone_number for did in one.dids]),
    Column("service", lambda one: one.service_type_name),
    Column("do not disturb", lambda one: one.dnd_enabled, is_wide=True),
    Column("handsets", lambda one: [h.handset_name for h in one.extension_handsets], is_wide=True),
)
USERS: Sequence[Column] = (
    Column("id", lambda one: one.id),
    Column("login", lambda one: one.login_name),
    Column("name", _person),
    Column("email", lambda one: one.email),
    Column("extensions", lambda one: [each.extension_number for each in one.extensions]),
    Column("contact", lambda one: [each.value for each in one.contact_numbers], is_wide=True),
)


accounts = typer.Typer(no_args_is_help=True, help="The accounts you can see.")
locations = typer.Typer(no_args_is_help=True, help="An account's locations.")
extensions = typer.Typer(no_args_is_help=True, help="An account's extensions.")
users = typer.Typer(no_args_is_help=True, help="An account's users.")


def collected(listing: Listing[M], limit: int | None, what: str) -> list[M]:
    """Read a list page by page, as far as it is wanted, and show how far that is."""
    found: list[M] = []
    with screen.progress(what) as tell:
        for page in listing.pages():
            found += page.items
            total = page.total_items
            if page.has_next:
                tell(len(found), min(total, limit) if total and limit else total)
            if limit is not None and len(found) >= limit:
                return found[:limit]
    return found


@accounts.command("list")
def list_accounts(context: typer.Context, *, output: OutputOption = None) -> None:
    """List the accounts you can see: that of the user who signed in."""
    with chosen.client(context) as (client, _):
        found = [client.accounts.get("self")]
    screen.show_list(ACCOUNTS, found, output, "You have no account.")


@accounts.command("get")
def get_account(
    context: typer.Context,
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="Its id, or self.")] = "self",
    *,
    output: OutputOption = None,
) -> None:
    """Show one account."""
    with chosen.client(context) as (client, _):
        found = client.accounts.get(account)
    screen.show_one(ACCOUNTS, found, output)


@locations.command("list")
def list_locations(
    context: typer.Context, *, account: AccountOption = "self", output: OutputOption = None
) -> None:
    """List an account's locations."""
    with chosen.client(context) as (client, _):
        found = collected(client.locations.list(account=account), None, "locations")
    screen.show_list(LOCATIONS, found, output, "There are no locations.")


@locations.command("get")
def get_location(
    context: typer.Context,
    location: Annotated[str, typer.Argument(metavar="LOCATION", help="Its id.")],
    *,
    account: AccountOption = "self",
    output: OutputOption = None,
) -> None:
    """Show one location."""
    with chosen.client(context) as (client, _):
        found = client.locations.get(location, account=account)
    screen.show_one(LOCATIONS, found, output)


@extensions.command("list")
def list_extensions(  # noqa: PLR0913 - each argument is one of the command's options
    context: typer.Context,
    *,
    location_id: Annotated[str | None, _filter("location-id", "Only of this location.")] = None,
    phone_number: Annotated[str | None, _filter("phone-number", "Only with this number.")] = None,
    login_name: Annotated[
        str | None, _filter("login-name", "Only of the user of this login.")
    ] = None,
    email: Annotated[str | None, _filter("email", "Only of the user of this address.")] = None,
    account: AccountOption = "self",
    limit: LimitOption = None,
    page_size: PageSizeOption = 100,
    output: OutputOption = None,
) -> None:
    """List an account's extensions by number; filters are to be met all."""
    wanted: ExtensionFilters = {
        "location_id": location_id,
        "phone_number": phone_number,
        "login_name": login_name,
        "email": email,
    }
    with chosen.client(context) as (client, _):
        asked = client.extensions.list(account=account, page_size=page_size, **wanted)
        found = collected(asked, limit, "extensions")
    screen.show_list(EXTENSIONS, found, output, "No extension matches.")


@extensions.command("get")
def get_extension(
    context: typer.Context,
    extension: Annotated[
        str, typer.Argument(metavar="EXTENSION", help="Its number or its external id.")
    ],
    *,
    account: AccountOption = "self",
    output: OutputOption = None,
) -> None:
    """Show one extension."""
    with chosen.client(context) as (client, _):
        found: Extension = client.extensions.get(extension, account=account)
    screen.show_one(EXTENSIONS, found, output)


@users.command("list")
def list_users(  # noqa: PLR0913 - each argument is one of the command's options
    context: typer.Context,
    *,
    first_name: Annotated[str | None, _filter("first-name", "Only with this first name.")] = None,
    last_name: Annotated[str | None, _filter("last-name", "Only with this last name.")] = None,
    login_name: Annotated[str | None, _filter("login-name", "Only with this login.")] = None,
    email: Annotated[str | None, _filter("email", "Only with this address.")] = None,
    account: AccountOption = "self",
    limit: LimitOption = None,
    page_size: PageSizeOption = 100,
    output: OutputOption = None,
) -> None:
    """List an account's users by id; filters are to be met all."""
    wanted: UserFilters = {
        "first_name": first_name,
        "last_name": last_name,
        "login_name": login_name,
        "email": email,
    }
    with chosen.client(context) as (client, _):
        asked = client.users.list(account=account, page_size=page_size, **wanted)
        found = collected(asked, limit, "users")
    screen.show_list(USERS, found, output, "No user matches.")


@users.command("get")
def get_user(
    context: typer.Context,
    user: Annotated[str, typer.Argument(metavar="USER", help="Their id.")],
    *,
    account: AccountOption = "self",
    output: OutputOption = None,
) -> None:
    """Show one user."""
    with chosen.client(context) as (client, _):
        found: User = client.users.get(user, account=account)
    screen.show_one(USERS, found, output)
