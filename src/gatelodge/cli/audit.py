"""``gatelodge audit``: the activity log as lines, as a file, and whether it is what was written."""

import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from gatelodge.cli.acting import AsJson, print_json, print_table, say
from gatelodge.cli.installation import EXIT_USAGE, Installation, fail, read_settings, refuse, run
from gatelodge.operations import audit_chain, audit_file
from gatelodge.operations.audit_chain import Broken, Head
from gatelodge.settings import BadSettings, Settings, has_secret, load_secrets
from gatelodge.storage import audit as stored
from gatelodge.storage import audit_head, audit_parts
from gatelodge.storage.audit import Event
from gatelodge.storage.audit_parts import Anchor

app = typer.Typer(
    no_args_is_help=True, help="Read the activity log, write it to a file, check its seals."
)
_ROWS = 1_000


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """A log whose seals hold, and how many lines wait for theirs; of a file that is not known.

    ``dropped`` lines were there before its first and were too old; ``dropped_until`` is when the
    last of them was written (seconds since the epoch).
    """

    head: str
    lines: int
    waiting: int | None
    dropped: int
    dropped_until: int


@app.command("list")
def list_(
    context: typer.Context,
    *,
    limit: Annotated[int, typer.Option(metavar="N", min=1, help="How many of the newest.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Show the newest lines: when, who, from where, what, to which object, what it changed."""

    async def work(installation: Installation) -> list[Event]:
        return list(await installation.store.read(stored.newest, limit))

    found = run(context, work)
    if as_json:
        print_json(found)
        return
    table = Table("When", "Who", "What", box=None)
    for event in found:
        when = f"{datetime.fromtimestamp(event.at, UTC):%Y-%m-%d %H:%M:%S}"
        who = f"{event.actor_name}\n{event.address}".strip()
        table.add_row(when, who, "\n".join(_told(event)))
    table.columns[0].no_wrap = True
    for column in table.columns[1:]:
        column.overflow = "fold"
    print_table(table, "Nothing has happened yet.")


def _told(event: Event) -> Iterator[str]:
    yield f"{event.act} {event.object_kind} {event.object_id or ''}".strip()
    if event.detail:
        yield _listed(event.detail)
    if event.before is not None and event.after is not None:
        after = event.after
        yield from (f"{name}: {value} -> {after[name]}" for name, value in event.before.items())
    elif event.after is not None:
        yield f"new: {_listed(event.after)}"
    elif event.before is not None:
        yield f"gone: {_listed(event.before)}"
    if event.request_id is not None:
        yield f"request: {event.request_id}"


def _listed(values: Mapping[str, object]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in values.items())


@app.command()
def export(context: typer.Context) -> None:
    """Write every sealed line to standard output, one JSON object each, with its seal."""

    async def work(installation: Installation) -> None:
        last, begin = 0, await installation.store.read(audit_parts.anchor)
        if begin is not None:
            sys.stdout.write(f"{audit_file.written(begin)}\n")
        while lines := await installation.store.read(stored.sealed_after, last, _ROWS):
            for line in lines:
                sys.stdout.write(f"{audit_file.written(line)}\n")
            last = lines[-1].number

    run(context, work)


@app.command()
def verify(
    context: typer.Context,
    *,
    head: Annotated[
        str,
        typer.Option(
            metavar="NUMBER:SEAL",
            help="What this command said before; the log has to hold it. Default: what a server "
            "that ran on this data directory has kept.",
        ),
    ] = "",
    file: Annotated[
        Path | None,
        typer.Option(
            metavar="EXPORT",
            exists=True,
            dir_okay=False,
            help="Check what audit export wrote instead of the database; needs the installation's "
            "secret and nothing else. Only a --head that is given is looked for.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check that no line was changed, inserted or taken away since it was sealed.

    Prints the head of the log: keep it where nobody who can write to the database can, as servers
    do in audit.head in their data directory. Exit code 1 names the first line that is wrong.
    """
    settings = read_settings(context)
    if not head and file is None:
        head = audit_head.read(settings.data_dir)
    try:
        kept = audit_chain.read_head(head)
    except ValueError as error:
        fail(f"The log's head: {error}.", EXIT_USAGE)
    try:
        done = _in_database(context, kept) if file is None else _in_file(settings, file, kept)
    except Broken as error:
        fail(f"The activity log is not what was sealed. {str(error).capitalize()}.")
    if as_json:
        print_json(done)
        return
    waiting = "" if done.waiting is None else f"; {done.waiting} wait for their seal"
    say(f"{done.lines} lines are as they were sealed{waiting}.")
    if done.dropped:
        until = f"{datetime.fromtimestamp(done.dropped_until, UTC):%Y-%m-%d %H:%M:%S} UTC"
        say(f"It begins with line {done.dropped + 1}: lines up to {until} were dropped.")
    say(f"Head: {done.head}")


def _in_file(settings: Settings, file: Path, kept: Head | None) -> Verified:
    if not has_secret(settings):
        fail("The installation's secret is not here: without it no seal can be checked.")
    try:
        key = audit_chain.seal_key(load_secrets(settings))
    except BadSettings as error:
        refuse(error)
    with file.open("rb") as texts:
        anchor, lines = audit_file.opened(texts)
        begin = audit_chain.proven(key, anchor)
        return _verified(audit_chain.verify(key, lines, kept, begin), begin, None)


def _in_database(context: typer.Context, kept: Head | None) -> Verified:
    async def work(installation: Installation) -> Verified:
        with installation.store.moment() as conn:
            waiting = stored.waiting(conn)
            key = audit_chain.seal_key(installation.secrets)
            begin = audit_chain.beginning(conn, key)
            found = audit_chain.verify(key, stored.sealed_lines(conn, _ROWS), kept, begin)
        return _verified(found, begin, waiting)

    return run(context, work)


def _verified(head: Head, begin: Anchor, waiting: int | None) -> Verified:
    return Verified(
        head=str(head),
        lines=head.number - begin.number,
        waiting=waiting,
        dropped=begin.number,
        dropped_until=begin.at,
    )
