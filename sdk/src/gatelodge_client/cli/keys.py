"""``lodge keys`` and ``lodge subscriptions``: what lets an application in."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer

from gatelodge_client.cli import chosen, management, screen
from gatelodge_client.cli.apps import ApiArgument, AppArgument, YesOption, sure
from gatelodge_client.cli.management import Management, Record
from gatelodge_client.cli.screen import Column, OutputOption
from gatelodge_client.errors import NotFound
from gatelodge_client.profiles import Profile

CALLBACK = "http://127.0.0.1/callback"
keys = typer.Typer(no_args_is_help=True, help="Consumer keys and secrets of an application.")
subscriptions = typer.Typer(no_args_is_help=True, help="What an application is subscribed to.")


class Environment(StrEnum):
    """Which of an application's two keys."""

    PRODUCTION = "production"
    SANDBOX = "sandbox"


EnvironmentOption = Annotated[
    Environment, typer.Option("--environment", "-e", help="Which of the application's two keys.")
]
PlanOption = Annotated[
    str,
    typer.Option("--plan", metavar="NAME", help="One of the API's plans. Default: its first."),
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
_SUBSCRIPTIONS = (
    Column("id", lambda one: one["id"], is_wide=True),
    Column("api", lambda one: one["api"]),
    Column("plan", lambda one: one["plan"]),
    Column("state", lambda one: one["state"]),
    Column("created at", lambda one: one["created_at"]),
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
    grant_type: Annotated[
        list[str] | None,
        typer.Option(
            "--grant-type", metavar="TYPE", help="May be repeated. Default: the server's."
        ),
    ] = None,
    redirect_uri: Annotated[
        list[str] | None,
        typer.Option("--redirect-uri", metavar="URL", help="A callback URL; may be repeated."),
    ] = None,
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
        "redirect_uris": redirect_uri or [CALLBACK],
        "type": "public" if public else "confidential",
    }
    if grant_type:
        settings["grant_types"] = grant_type
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
def add_secret(
    context: typer.Context,
    app: AppArgument,
    *,
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="What it is called.")] = "",
    environment: EnvironmentOption = Environment.PRODUCTION,
    output: OutputOption = None,
) -> None:
    """Add a second secret, to replace the first without a gap; printed now and never again."""
    with management.opened(context) as api:
        path = _path(api, app, environment)
        made = api.post(*path, "secrets", body={"name": name})
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


@subscriptions.command("list")
def list_subscriptions(
    context: typer.Context, app: AppArgument, *, output: OutputOption = None
) -> None:
    """List what an application is subscribed to."""
    with management.opened(context) as api:
        found = _with_names(api, api.application(app)["id"])
    screen.show_list(_SUBSCRIPTIONS, found, output, f"None: lodge subscriptions add {app} API")


@subscriptions.command("add")
def add_subscription(
    context: typer.Context,
    app: AppArgument,
    api: ApiArgument,
    *,
    plan: PlanOption = "",
    output: OutputOption = None,
) -> None:
    """Subscribe an application to an API."""
    with management.opened(context) as opened:
        made = subscribe(opened, opened.application(app)["id"], api, plan)
    screen.show_one(_SUBSCRIPTIONS, made, output)


def subscribe(api: Management, application_id: str, named: str, plan: str) -> Record:
    """Subscribe to the API of this id or name, under a plan or the first that there is."""
    offered = api.api(named)
    if not plan and not offered["plans"]:
        raise NotFound(f"{offered['name']} has no plan to subscribe to")
    body = {"api_id": offered["id"], "plan": plan or offered["plans"][0]}
    made = api.post("applications", application_id, "subscriptions", body=body)
    return {**made, "api": offered["name"]}


@subscriptions.command("change")
def change_subscription(
    context: typer.Context,
    app: AppArgument,
    api: ApiArgument,
    *,
    plan: Annotated[str, typer.Option("--plan", metavar="NAME", help="The new plan.")],
    output: OutputOption = None,
) -> None:
    """Choose another plan."""
    with management.opened(context) as opened:
        found = _subscription(opened, app, api)
        path = ("applications", found["application_id"], "subscriptions", found["id"])
        changed = opened.patch(*path, body={"plan": plan})
    screen.show_one(_SUBSCRIPTIONS, {**found, **changed}, output)


@subscriptions.command("remove")
def remove_subscription(
    context: typer.Context, app: AppArgument, api: ApiArgument, *, yes: YesOption = False
) -> None:
    """Unsubscribe an application; its next call to the API is refused."""
    with management.opened(context) as opened:
        found = _subscription(opened, app, api)
        sure(f"Unsubscribe from {found['api']}?", is_sure=yes)
        path = ("applications", found["application_id"], "subscriptions", found["id"])
        opened.delete(*path)
    screen.done(f"Unsubscribed from {found['api']}.")


def _subscription(api: Management, app: str, named: str) -> Record:
    wanted = api.api(named)
    for one in _with_names(api, api.application(app)["id"]):
        if one["api_id"] == wanted["id"]:
            return one
    raise NotFound(f"{app} is not subscribed to {wanted['name']}")


def _with_names(api: Management, application_id: str) -> list[Record]:
    """Return subscriptions, each with its API's name: ids alone say nothing to people."""
    names = {one["id"]: one["name"] for one in api.items("apis")}
    found = api.items("applications", application_id, "subscriptions")
    return [{**one, "api": names.get(one["api_id"], one["api_id"])} for one in found]
