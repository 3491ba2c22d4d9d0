"""``gatelodge backup`` and ``gatelodge restore``: a sealed copy of an installation, and back."""

import contextlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, BinaryIO

import msgspec
import typer

from gatelodge import __version__
from gatelodge.cli.acting import AsJson, print_json, say
from gatelodge.cli.installation import Installation, fail, now, read_settings, run
from gatelodge.operations import backup_file, sealed_keys
from gatelodge.operations.actor import Act, Actor
from gatelodge.operations.backup_file import Head, UnreadableBackup
from gatelodge.operations.restoring import put_back
from gatelodge.operations.sealed_keys import UnreadableSigningKeys
from gatelodge.settings import has_secret
from gatelodge.storage import audit_head, copies, migrate, signing_keys

_OPERATOR = Actor(kind="operator", name="restore")


class Copied(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup is, and what was written or put back."""

    file: str
    made_at: datetime
    version: str
    rows: int


def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to; it must not exist yet.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Write a sealed copy of the installation, as it is at one moment, under a running server.

    It opens with the installation's secret only, which is not in it: keep the two apart. Signing
    keys, sessions, codes and tokens are not in it either. It goes back into SQLite or PostgreSQL.
    """
    if not has_secret(read_settings(context)):
        fail("The installation's secret is not here: nothing could open the backup.")

    async def work(installation: Installation) -> Copied:
        await _same_secret(installation)
        top = backup_file.head(__version__, migrate.HEAD, now())

        def written() -> int:
            with _new(file) as out, installation.store.moment() as conn:
                return backup_file.write(out, installation.secrets, top, copies.read(conn))

        return _copied(file, top, written())

    _tell(run(context, work), "Wrote", as_json=as_json)


def restore(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A backup.", exists=True, dir_okay=False)
    ],
    *,
    check: Annotated[
        bool, typer.Option("--check", metavar="", help="Change nothing; read the whole file.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Put a backup into an empty installation that has the same secret; all of it or nothing.

    Everybody signs in again, and applications get new tokens: what was spent, rotated, revoked or
    withdrawn since the backup cannot come back. What else changed since is as it was then: look
    at disabled people, passwords, consumer secrets and factors that were taken away.
    """
    if not has_secret(read_settings(context)):
        fail(
            "Put the secret of the installation in its place first: the backup opens with it only."
        )

    async def work(installation: Installation) -> Copied:
        with file.open("rb") as source:
            top, described = backup_file.read_head(source)
            if top.schema != migrate.HEAD:
                fail(
                    f"It was made by version {top.version} (schema {top.schema}), this one has "
                    f"schema {migrate.HEAD}: restore with that version, then upgrade."
                )
            parts = backup_file.read(source, installation.secrets, described)
            if check:
                return _copied(file, top, sum(len(part.rows) for part in parts))
            act = Act(actor=_OPERATOR, now=now(), ids=installation.store.ids)
            rows = await installation.store.write(put_back, act, top.made_at, parts)
            audit_head.forget(installation.settings.data_dir)
            return _copied(file, top, rows)

    try:
        found = run(context, work)
    except UnreadableBackup as error:
        fail(f"{file}: {error}.")
    _tell(found, "Could read" if check else "Restored", as_json=as_json)


async def _same_secret(installation: Installation) -> None:
    """See that the installation would open its backup: the signing keys open with this secret."""
    try:
        for key in await installation.store.read(signing_keys.all_of):
            sealed_keys.opened(installation.secrets, key)
    except UnreadableSigningKeys as error:
        fail(f"The installation could not open its backup: {error}.")


@contextlib.contextmanager
def _new(file: Path) -> Iterator[BinaryIO]:
    """Write a file that is there once it is whole, for its owner only."""
    if file.exists():
        fail(f"{file} is there already.")
    partial = file.with_name(f"{file.name}.partial")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        partial.rename(file)
    except OSError as error:
        fail(f"{error.filename or file}: {error.strerror or error}")
    finally:
        partial.unlink(missing_ok=True)


def _copied(file: Path, top: Head, rows: int) -> Copied:
    made_at = datetime.fromtimestamp(top.made_at, UTC)
    return Copied(file=str(file), made_at=made_at, version=top.version, rows=rows)


def _tell(found: Copied, verb: str, *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    made = f"{found.made_at:%Y-%m-%d %H:%M:%S} UTC"
    say(f"{verb} {found.file}: {found.rows} rows, as they were at {made}.")
