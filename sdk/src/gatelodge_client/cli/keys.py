"""``lodge keys``: an application's consumer keys and secrets."""

import contextlib
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import msgspec
import typer

from gatelodge_client.cli import chosen, management, screen
from gatelodge_client.cli.apps import AppArgument, YesOption, sure
from gatelodge_client.cli.management import Management, Record
from gatelodge_client.cli.screen import Column, OutputOption
from gatelodge_client.errors import SettingsError
from gatelodge_client.profiles import Profile

CALLBACK = "http://127.0.0.1/callback"
keys = typer.Typer(no_args_is_help=True, help="Consumer keys and secrets of an application.")


class Environment(StrEnum):
    """Which of an application's two keys."""

    PRODUCTION = "production"
    SANDBOX = "sandbox"


EnvironmentOption = Annotated[
    Environment, typer.Option("--environment", "-e", help="Which of the application's two keys.")
]
GrantOption = Annotated[
    list[str] | None,
    typer.Option("--grant-type", metavar="TYPE", help="May be repeated. Default: the server's."),
]
RedirectOption = Annotated[
    list[str] | None,
    typer.Option("--redirect-uri", metavar="URL", help="A callback URL; may be repeated."),
]

_KEYS = (
    Column("environment", lambda one: one["environment"]),
    Column("consumer key", lambda one: one["consumer_key"]),
    Column("type", lambda one: one["type"]),
    Column("grant types", lambda one: one["grant_types"]),
    Column("callback", lambda one: one["redirect_uris"]),
    Column("created at", lambda one: one["created_at"], is_wide=True),
)
_SECRETS = (
    Column("id", lambda one: one["id"]),
    Column("name", lambda one: one["name"]),
    Column("ends with", lambda one: one["tail"]),
    Column("created at", lambda one: one["created_at"]),
    Column("expires at", lambda one: one["expires_at"]),
    Column("last used at", lambda one: one["last_used_at"]),
)


@keys.command("list")
def list_keys(context: typer.Context, app: AppArgument, *, output: OutputOption = None) -> None:
    """List an application's consumer keys; secrets are never shown again."""
    with management.opened(context) as api:
        found = api.items("applications", api.application(app)["id"], "keys")
    screen.show_list(_KEYS, found, output, f"No keys: lodge keys generate {app}")


@keys.command("generate")
def generate(  # noqa: PLR0913 - each argument is one of the command's options
    context: typer.Context,
    app: AppArgument,
    *,
    environment: EnvironmentOption = Environment.PRODUCTION,
    grant_type: GrantOption = None,
    redirect_uri: RedirectOption = None,
    public: Annotated[
        bool, typer.Option("--public", metavar="", help="For what cannot keep a secret.")
    ] = False,
    save: Annotated[
        str,
        typer.Option(
            "--save",
            metavar="PROFILE",
            help="Keep key and secret as this profile and use it; the secret is not printed.",
        ),
    ] = "",
    output: OutputOption = None,
) -> None:
    """Generate a consumer key and secret. The secret is printed now and never again."""
    found = chosen.chosen(context)
    settings: dict[str, object] = {
        "environment": environment.value,
        "redirect_uris": [CALLBACK],
        "type": "public" if public else "confidential",
        **_lists(grant_type, redirect_uri),
    }
    with management.opened(context) as api:
        made = made_keys(api, api.application(app)["id"], settings)
    if save:
        keep(save, found.profile, made)
        screen.done(f"Kept the consumer key {made['consumer_key']} as the profile {save}.")
        screen.say("Next: lodge login", "dim")
        return
    screen.show_facts(made, output)


def made_keys(api: Management, application_id: str, settings: dict[str, object]) -> Record:
    """Generate keys and return key and secret."""
    made = api.post("applications", application_id, "keys", body=settings)
    return {
        "consumer_key": made["key"]["consumer_key"],
        "consumer_secret": made["consumer_secret"] or "",
    }


def keep(name: str, server: Profile, made: Record) -> Profile:
    """Keep new keys as a profile of the same server."""
    profile = Profile(
        base_url=server.base_url,
        tenant=server.tenant,
        client_id=made["consumer_key"],
        storage=server.storage,
    )
    return chosen.profiles().add(name, profile, made["consumer_secret"])


@keys.command("update")
def update_key(  # noqa: PLR0913 - each argument is one of the command's options
    context: typer.Context,
    app: AppArgument,
    *,
    environment: EnvironmentOption = Environment.PRODUCTION,
    grant_type: GrantOption = None,
    redirect_uri: RedirectOption = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Any setting of the key, such as access_token_lifetime=3600; may be repeated.",
        ),
    ] = None,
    output: OutputOption = None,
) -> None:
    """Change a consumer key; what is not given stays. Lists are replaced as a whole."""
    wanted = {**_settings(settings or ()), **_lists(grant_type, redirect_uri)}
    if not wanted:
        hint = "Give --grant-type, --redirect-uri or --set."
        raise SettingsError("Nothing is to change", hint=hint)
    with management.opened(context) as api:
        changed = api.patch(*_path(api, app, environment), body=wanted)
    screen.show_one(_KEYS, changed, output)


def _settings(given: Sequence[str]) -> dict[str, object]:
    """Read ``NAME=VALUE``: JSON where it can be, else text; the server knows the names."""
    found: dict[str, object] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not (name and equals):
            raise SettingsError(f"{one!r} is no setting", hint="Write --set NAME=VALUE.")
        found[name] = value
        with contextlib.suppress(msgspec.DecodeError):
            decoded = msgspec.json.decode(value)
            # A key set is given as its text.
            found[name] = value if isinstance(decoded, dict) else decoded
    return found


def _lists(grant_types: list[str] | None, redirect_uris: list[str] | None) -> dict[str, object]:
    given = {"grant_types": grant_types, "redirect_uris": redirect_uris}
    return {name: values for name, values in given.items() if values}


@keys.command("delete")
def delete_key(
    context: typer.Context,
    app: AppArgument,
    *,
    environment: EnvironmentOption = Environment.PRODUCTION,
    yes: YesOption = False,
) -> None:
    """Delete a consumer key; its tokens end at once."""
    with management.opened(context) as api:
        found = api.application(app)
        sure(f"Delete the {environment} key of {found['name']}?", is_sure=yes)
        api.delete("applications", found["id"], "keys", environment.value)
    screen.done(f"Deleted the {environment} key of {found['name']}.")


@keys.command("secrets")
def list_secrets(
    context: typer.Context,
    app: AppArgument,
    *,
    environment: EnvironmentOption = Environment.PRODUCTION,
    output: OutputOption = None,
) -> None:
    """List a key's secrets, each by its last letters."""
    with management.opened(context) as api:
        path = _path(api, app, environment)
        found = api.items(*path, "secrets")
    screen.show_list(_SECRETS, found, output, "The key has no secret.")


@keys.command("add-secret")
def add_secret(  # noqa: PLR0913 - each argument is one of the command's options
    context: typer.Context,
    app: AppArgument,
    *,
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="What it is called.")] = "",
    life: Annotated[
        str,
        typer.Option(
            "--life", metavar="LIFE", help="How long it works: never, 30d, 90d, 180d or 1y."
        ),
    ] = "",
    overlap: Annotated[
        str,
        typer.Option(
            "--overlap",
            metavar="LIFE",
            help="How long the others go on: now, 1h, 24h, 3d, 7d or keep.",
        ),
    ] = "",
    environment: EnvironmentOption = Environment.PRODUCTION,
    output: OutputOption = None,
) -> None:
    """Add a second secret, to replace the first without a gap; printed now and never again."""
    given = {"name": name, "life": life, "overlap": overlap}
    with management.opened(context) as api:
        path = _path(api, app, environment)
        body = {field: value for field, value in given.items() if value}
        made = api.post(*path, "secrets", body=body)
    facts = {"id": made["secret"]["id"], "consumer_secret": made["consumer_secret"] or ""}
    screen.show_facts(facts, output)


@keys.command("remove-secret")
def remove_secret(
    context: typer.Context,
    app: AppArgument,
    secret_id: Annotated[str, typer.Argument(metavar="SECRET", help="Its id.")],
    *,
    environment: EnvironmentOption = Environment.PRODUCTION,
    yes: YesOption = False,
) -> None:
    """Revoke a secret; who still uses it is refused at once."""
    with management.opened(context) as api:
        path = _path(api, app, environment)
        sure("Revoke this secret?", is_sure=yes)
        api.delete(*path, "secrets", secret_id, is_tagged=False)
    screen.done("Revoked the secret.")


@keys.command("test-token")
def issue_test_token(
    context: typer.Context,
    app: AppArgument,
    *,
    scope: Annotated[str, typer.Option("--scope", metavar="SCOPE", help="What to ask for.")] = "",
    environment: EnvironmentOption = Environment.PRODUCTION,
) -> None:
    """Print an access token that stands for the application itself; nothing else."""
    with management.opened(context) as api:
        path = _path(api, app, environment)
        made = api.post(*path, "test-tokens", body={"scope": scope})
    screen.write(f"{made['access_token']}\n")


def _path(api: Management, app: str, environment: Environment) -> Sequence[str]:
    return ("applications", api.application(app)["id"], "keys", environment.value)
