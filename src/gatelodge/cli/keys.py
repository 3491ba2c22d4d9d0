"""``gatelodge keys``: the signing keys, rotated by schedule or by hand, revoked when they leak."""

import time
from collections.abc import Sequence
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from gatelodge.cli.acting import AsJson, attempt, print_json, print_table, say
from gatelodge.cli.installation import Installation
from gatelodge.oauth.signatures import ALGORITHMS, Algorithm
from gatelodge.oauth.signing_keys import State, signs_from
from gatelodge.operations import signing_keys as acts
from gatelodge.operations.actor import Act
from gatelodge.storage import signing_keys as stored
from gatelodge.storage.signing_keys import StoredSigningKey

app = typer.Typer(no_args_is_help=True, help="List, rotate and revoke the signing keys of tokens.")


class ShownKey(msgspec.Struct, frozen=True, kw_only=True):
    """A signing key as commands print it; times are seconds since the epoch."""

    kid: str
    algorithm: str
    state: State
    since: int
    signs_from: int | None


@app.callback()
def group() -> None:
    """List, rotate and revoke the signing keys of tokens."""


@app.command("list")
def list_(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List every signing key, the newest first, with its state.

    A coming key is published and does not sign yet; an active one signs; a retiring one verifies
    what it signed until all of that has expired.
    """

    async def work(installation: Installation, _act: Act) -> Sequence[StoredSigningKey]:
        return await installation.store.read(stored.all_of)

    _told(attempt(context, work, as_json=as_json), as_json=as_json)


@app.command()
def rotate(
    context: typer.Context,
    *,
    algorithm: Annotated[
        Algorithm | None, typer.Option(help="Rotate this one only. Default: all.")
    ] = None,
    at_once: Annotated[
        bool, typer.Option("--now", help="Let the new key sign now, without publishing it first.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make a new key, which signs after it was published for a day.

    What was signed before stays valid. With --now a resource server that keeps the JWK set for
    some minutes may not know the new key at first.
    """

    async def work(installation: Installation, act: Act) -> Sequence[StoredSigningKey]:
        chosen = acts.candidates(
            installation.secrets, act, (algorithm,) if algorithm else ALGORITHMS
        )
        return await installation.store.write(acts.rotate, act, chosen, at_once=at_once)

    _told(attempt(context, work, as_json=as_json), as_json=as_json)


@app.command()
def revoke(
    context: typer.Context,
    kid: Annotated[str, typer.Argument(metavar="KID", help="The key's kid; see the list.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Remove a key that leaked: every token it signed is refused at once.

    If it was the one that signs, another one does now. Clients get new access tokens with their
    refresh tokens.
    """

    async def work(installation: Installation, act: Act) -> Sequence[StoredSigningKey]:
        key = await installation.store.read(acts.find, kid)
        chosen = [name for name in ALGORITHMS if name == key.algorithm]
        made = acts.candidates(installation.secrets, act, chosen)
        return await installation.store.write(acts.revoke, act, kid, made)

    left = attempt(context, work, as_json=as_json)
    if not as_json:
        say(f"Revoked {kid}. What it signed is refused.")
    _told(left, as_json=as_json)


def _told(keys: Sequence[StoredSigningKey], *, as_json: bool) -> None:
    shown = [
        ShownKey(
            kid=key.kid,
            algorithm=key.algorithm,
            state=key.state,
            since=key.since,
            signs_from=signs_from(key) if key.state == "coming" else None,
        )
        for key in keys
    ]
    if as_json:
        print_json(shown)
        return
    table = Table("Key", "Algorithm", "State", "Since", "Signs from", box=None)
    table.columns[0].overflow = "fold"
    for key in shown:
        later = "" if key.signs_from is None else _time(key.signs_from)
        table.add_row(key.kid, key.algorithm, key.state, _time(key.since), later)
    print_table(table, "There is no signing key yet: the first start makes them.")


def _time(at: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(at))
