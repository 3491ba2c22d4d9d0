"""The installation a command works on: its settings, its secret and its open store."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import NoReturn, TypeVar

import msgspec
import typer
from rich.console import Console

from gatelodge import settings as configuration
from gatelodge.settings import BadSettings, Secrets, Settings
from gatelodge.storage import developers, signing_keys
from gatelodge.storage.engine import Store
from gatelodge.storage.errors import StorageError

T = TypeVar("T")

DEFAULT_CONFIG = Path("gatelodge.toml")
EXIT_FAILED = 1
EXIT_USAGE = 2


class Installation(msgspec.Struct, frozen=True, kw_only=True):
    """What a command works with; ``store`` is open until the command ends."""

    settings: Settings
    secrets: Secrets
    store: Store


def config_path(context: typer.Context) -> Path | None:
    """Return the settings file: ``--config``, else ``gatelodge.toml`` here, else none."""
    chosen: object = context.find_root().obj
    if isinstance(chosen, Path):
        return chosen
    return DEFAULT_CONFIG if DEFAULT_CONFIG.exists() else None


def read_settings(context: typer.Context, **chosen: object) -> Settings:
    """Read the settings; on problems print every one and leave with exit code 2."""
    try:
        return configuration.read(config_path(context), **chosen)
    except BadSettings as error:
        refuse(error)


def refuse(error: BadSettings) -> NoReturn:
    """Print every problem of a configuration on a line of its own; exit code 2."""
    console = Console(stderr=True, highlight=False)
    console.print("[bold red]The configuration cannot be used:[/]")
    for problem in error.problems:
        console.print(f"  - {problem}", markup=False, soft_wrap=True)
    raise typer.Exit(EXIT_USAGE)


def fail(message: str, code: int = EXIT_FAILED) -> NoReturn:
    """Print one sentence to standard error and leave."""
    console = Console(stderr=True, highlight=False)
    console.print(message, style="red", markup=False, soft_wrap=True)
    raise typer.Exit(code)


@contextlib.asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Installation]:
    """Open the store of an installation; it is closed at the end whatever happens."""
    given = configuration.has_secret(settings)
    secrets = configuration.load_secrets(settings) if given else None
    store = await Store.open(settings.database, guest=True)
    try:
        secrets = secrets or await _first_secret(settings, store)
        yield Installation(settings=settings, secrets=secrets, store=store)
    finally:
        await store.close()


async def _first_secret(settings: Settings, store: Store) -> Secrets:
    """Return a secret made now, unless the database shows that there is one somewhere else.

    A service's secret may be a credential, which a command typed beside it does not get. What was
    sealed or digested under one made in its stead would open nowhere.
    """
    # A restored installation has people before it has signing keys.
    keys, people = await store.read(signing_keys.all_of), await store.read(developers.all_of)
    if keys or people:
        where = settings.data_dir / "secret.key"
        problem = (
            f"the installation's secret is not given, and not in {where}: the database was begun "
            "under one. See docs: Going to production, Commands beside the service."
        )
        raise BadSettings([problem])
    return configuration.load_secrets(settings)


def run(context: typer.Context, work: Callable[[Installation], Awaitable[T]]) -> T:
    """Run one command's work on the configured installation; failures become exit codes."""
    settings = read_settings(context)

    async def within() -> T:
        async with opened(settings) as installation:
            return await work(installation)

    try:
        return asyncio.run(within())
    except BadSettings as error:
        refuse(error)
    except StorageError as error:
        fail(str(error))


def now() -> int:
    """Return the time commands act at, in seconds since the epoch."""
    return int(time.time())
