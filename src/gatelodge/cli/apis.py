"""``gatelodge apis``: offers APIs behind the gateway, and withdraws them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from gatelodge.catalog.apis import Api
from gatelodge.catalog.errors import Conflict, NoSuch
from gatelodge.catalog.openapi import BadDocument
from gatelodge.cli.acting import AsJson, attempt, print_json, print_table, refuse, say
from gatelodge.cli.installation import EXIT_USAGE, Installation, fail
from gatelodge.operations import apis as acts
from gatelodge.operations.actor import Act
from gatelodge.operations.apis import Offer, Published
from gatelodge.operations.openapi_document import Document, read
from gatelodge.settings import Settings
from gatelodge.storage import apis as stored

app = typer.Typer(
    no_args_is_help=True, help="Offer APIs behind the gateway, list them, withdraw them."
)

Reference = Annotated[
    str,
    typer.Argument(
        metavar="API",
        help="CONTEXT/VERSION, like /weather/v1; the version may be left out where there is one.",
    ),
]


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """An API as commands print it, with its address."""

    address: str
    api: Api


@app.command()
def publish(  # noqa: PLR0913 - each argument is one of the command's options
    context: typer.Context,
    openapi: Annotated[
        Path,
        typer.Argument(
            metavar="OPENAPI",
            help="OpenAPI 3.0 or 3.1 document, JSON or YAML.",
            exists=True,
            dir_okay=False,
            readable=True,
        ),
    ],
    *,
    at: Annotated[
        str, typer.Option("--context", metavar="PATH", help="Path of the API, like /weather.")
    ],
    offered: Annotated[
        str | None, typer.Option("--upstream", metavar="URL", help="URL the gateway calls.")
    ] = None,
    sandbox_upstream: Annotated[
        str | None,
        typer.Option(metavar="URL", help="URL for sandbox keys; an empty one removes it."),
    ] = None,
    plan: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PLAN", help="Plan subscribers may choose; repeat it. Default: Standard."
        ),
    ] = None,
    api_version: Annotated[
        str | None,
        typer.Option(metavar="VERSION", help="Version in the address. Default: the document's."),
    ] = None,
    default: Annotated[
        bool, typer.Option("--default", metavar="", help="Let the context alone mean this version.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Offer the API that OPENAPI describes, or bring it up to date.

    Context and version say which API is meant: publishing the same again replaces its description
    and what is given here, and keeps its subscriptions. Only what the document describes is let
    through. An operation needs a subscribed application's access token unless its security is
    empty; x-auth-type says whether the access token must stand for a user.
    """
    document = _read(openapi, as_json=as_json)
    offer = Offer(
        context=at,
        version=api_version,
        upstream=offered,
        sandbox_upstream=sandbox_upstream,
        plans=tuple(plan) if plan else None,
        default_version=default,
    )

    async def work(installation: Installation, act: Act) -> tuple[Published, Settings]:
        done = await installation.store.write(acts.publish, act, document, offer)
        return done, installation.settings

    done, settings = attempt(context, work, as_json=as_json)
    shown = _shown(settings, done.api)
    if as_json:
        print_json(shown)
        return
    verb = "Published" if done.new else "Updated"
    say(f"{verb} {done.api.name} {done.api.version} at {shown.address}")


@app.command("list")
def list_(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List every API with its state, address and plans."""
    found = _all(context, as_json=as_json)
    if as_json:
        print_json(found)
        return
    table = Table("API", "Version", "State", "Address", "Plans", box=None)
    table.columns[3].overflow = "fold"
    for shown in found:
        api = shown.api
        version = f"{api.version} (default)" if api.default_version else api.version
        table.add_row(api.name, version, api.state, shown.address, ", ".join(api.plans))
    print_table(table, "No API is offered yet. See: gatelodge apis publish --help")


@app.command()
def show(context: typer.Context, api: Reference, *, as_json: AsJson = False) -> None:
    """Show one API: where it runs, its plans and its operations."""

    async def work(installation: Installation, _act: Act) -> Shown:
        found = meant(await installation.store.read(stored.all), api)
        return _shown(installation.settings, found)

    shown = attempt(context, work, as_json=as_json)
    if as_json:
        print_json(shown)
        return
    found = shown.api
    say(f"{found.name} {found.version}, {found.state}\n{shown.address}")
    say(f"upstream          {found.production_upstream or '-'}")
    say(f"sandbox upstream  {found.sandbox_upstream or '-'}")
    say(f"plans             {', '.join(found.plans)}")
    say(f"need approval     {' '.join(sorted(found.sensitive_scopes)) or '-'}")
    table = Table("Method", "Path", "Caller", "Scopes", "Summary", box=None)
    for operation in found.operations:
        scopes = " ".join(sorted(operation.scopes))
        row = (operation.method, operation.path, operation.audience, scopes, operation.summary)
        table.add_row(*row)
    print_table(table, "It has no operations.")


@app.command()
def deprecate(context: typer.Context, api: Reference, *, as_json: AsJson = False) -> None:
    """Take no new subscriptions to an API; those it has go on."""

    async def work(installation: Installation, act: Act) -> Shown:
        found = meant(await installation.store.read(stored.all), api)
        after = await installation.store.write(acts.deprecate, act, found.id)
        return _shown(installation.settings, after)

    _told(attempt(context, work, as_json=as_json), as_json=as_json)


@app.command()
def retire(context: typer.Context, api: Reference, *, as_json: AsJson = False) -> None:
    """Stop answering for a deprecated API: its callers get 404 from the next call on."""

    async def work(installation: Installation, act: Act) -> Shown:
        found = meant(await installation.store.read(stored.all), api)
        after = await installation.store.write(acts.retire, act, found.id)
        return _shown(installation.settings, after)

    _told(attempt(context, work, as_json=as_json), as_json=as_json)


def _all(context: typer.Context, *, as_json: bool) -> list[Shown]:
    async def work(installation: Installation, _act: Act) -> list[Shown]:
        found = await installation.store.read(stored.all)
        return [_shown(installation.settings, api) for api in found]

    return attempt(context, work, as_json=as_json)


def _told(shown: Shown, *, as_json: bool) -> None:
    if as_json:
        print_json(shown)
    else:
        say(f"{shown.api.name} {shown.api.version} is {shown.api.state}.")


def _read(path: Path, *, as_json: bool) -> Document:
    try:
        return read(path.read_bytes())
    except BadDocument as error:
        refuse(error.problems, EXIT_USAGE, as_json=as_json)
    except OSError as error:
        fail(f"{path}: {error.strerror or error}")


def _shown(settings: Settings, api: Api) -> Shown:
    address = f"{settings.issuer}/t/{settings.tenant}{api.context}/{api.version}"
    return Shown(address=address, api=api)


def meant(apis: Sequence[Api], reference: str) -> Api:
    """Return the API a reference means. Raises ``NoSuch``, ``Conflict`` where it means several."""
    path = "/" + reference.strip("/")
    exact = [api for api in apis if f"{api.context}/{api.version}" == path]
    versions = exact or [api for api in apis if api.context == path]
    if not versions:
        raise NoSuch("API")
    if len(versions) > 1:
        listed = ", ".join(f"{api.context}/{api.version}" for api in versions)
        raise Conflict(f"Several versions have this context; say which: {listed}.")
    return versions[0]
