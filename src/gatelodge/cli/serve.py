"""``gatelodge serve``: starts the whole product in this process, or in several of one port."""

import contextlib
import gc
import ipaddress
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from socket import socket
from ssl import SSLContext
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from gatelodge import __version__
from gatelodge.app import Program, Started
from gatelodge.cli import logs
from gatelodge.cli.acting import say
from gatelodge.cli.installation import EXIT_USAGE, fail, read_settings, refuse
from gatelodge.demo import banner
from gatelodge.settings import BadSettings, Secrets, Settings, has_secret, load_secrets
from gatelodge.web import handover, server
from gatelodge.web.certificates import tls_context
from gatelodge.web.handover import Predecessor
from gatelodge.web.workers import Seat, Supervisor

DEMO_TENANT = "vbc.prod"


def serve(  # noqa: PLR0913 - each option of the command is an argument
    context: typer.Context,
    *,
    demo: Annotated[
        bool,
        typer.Option(
            "--demo", metavar="", help="Serve the demo tenant: fixed accounts, users and keys."
        ),
    ] = False,
    demo_on_network: Annotated[
        bool,
        typer.Option(
            "--demo-on-network",
            metavar="",
            help="Let the demo, whose passwords everybody knows, be reached from other machines.",
        ),
    ] = False,
    host: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Address to listen on.")
    ] = None,
    port: Annotated[int | None, typer.Option(metavar="PORT", help="Port to listen on.")] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="Processes that serve the port; more than one needs PostgreSQL."
        ),
    ] = None,
    data_dir: Annotated[
        Path | None,
        typer.Option(
            metavar="DIRECTORY",
            help="Directory of the database and the secret. "
            "The demo takes a temporary one unless this is given.",
        ),
    ] = None,
    check: Annotated[
        bool,
        typer.Option(
            "--check", metavar="", help="Only say whether the settings can be used, and leave."
        ),
    ] = False,
) -> None:
    """Start the portal, the authorization server and the gateway.

    The first start creates keys and database and prints a one-time link that makes the first
    administrator. Ctrl-C and SIGTERM finish the requests in flight; SIGHUP starts it again with
    the settings as they are then, on the same socket.
    """
    temporary = None
    kept: list[socket] = []
    if demo and data_dir is None:
        data_dir = temporary = Path(tempfile.mkdtemp(prefix="gatelodge-demo-"))
    try:
        tenant = DEMO_TENANT if demo else None
        settings = read_settings(
            context, host=host, port=port, data_dir=data_dir, tenant=tenant, workers=workers
        )
        if demo and not demo_on_network and not _is_loopback(settings.host):
            fail(
                f"The demo's passwords are public: it only listens on this machine, not on "
                f"{settings.host}. Use --demo-on-network if you mean it.",
                EXIT_USAGE,
            )
        kept = _run(settings, demo=demo, check=check)
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)
    if kept:
        handover.start_again(kept, settings.host, settings.port)


def _run(settings: Settings, *, demo: bool, check: bool) -> list[socket]:
    """Serve until told to stop; return sockets that listen still for a fresh start, if asked."""
    if check:
        _check(settings)
        return []
    logs.configure(settings.log_format)
    parts = _parts(settings, demo=demo)
    sockets = handover.taken(settings.host, settings.port)
    sockets = sockets or server.listen(settings.host, settings.port)
    before = handover.predecessor()
    if settings.workers > 1:
        _supervise(parts, sockets, before)
        return []
    renewal = handover.Renewal(sockets, handover.can_start)
    _serve(parts, sockets, renewal.until if handover.asked_by_hangup() else None, before=before)
    return renewal.kept


class _Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What every process of a start is made of."""

    settings: Settings
    secrets: Secrets
    tls: SSLContext | None
    demo: bool


def _parts(settings: Settings, *, demo: bool) -> _Parts:
    with _refusing(settings):
        secrets, tls = load_secrets(settings), tls_context(settings)
    return _Parts(settings=settings, secrets=secrets, tls=tls, demo=demo)


def _check(settings: Settings) -> None:
    """Look at what a start reads, and make nothing: whoever looks may not be who serves."""
    with _refusing(settings):
        if has_secret(settings):
            load_secrets(settings)
        tls_context(settings)
    say("The settings can be used.")


@contextlib.contextmanager
def _refusing(settings: Settings) -> Iterator[None]:
    try:
        yield
    except BadSettings as error:
        refuse(error)
    except OSError as error:
        fail(f"{settings.data_dir}: {error.strerror or error}")


def _supervise(parts: _Parts, sockets: list[socket], before: Predecessor | None) -> None:
    settings = parts.settings

    def work(seat: Seat) -> None:
        try:
            _serve(parts, sockets, seat.until, seat, before=before)
        except typer.Exit as end:
            raise SystemExit(end.exit_code) from None

    def renew(workers: Predecessor) -> None:
        if handover.can_start():
            handover.start_again(sockets, settings.host, settings.port, workers)

    # What the workers inherit stays shared memory as long as no collection touches it.
    gc.collect()
    gc.freeze()
    asked = renew if handover.asked_by_hangup() else None
    code = Supervisor(settings.workers, work, sockets, before=before, renew=asked).run()
    if code:
        raise typer.Exit(code)


def _serve(
    parts: _Parts,
    sockets: list[socket],
    until: Callable[[Callable[[], None]], None] | None,
    seat: Seat | None = None,
    *,
    before: Predecessor | None = None,
) -> None:
    first = seat is None or seat.first
    program = Program(
        parts.settings, parts.secrets, demo=parts.demo, first=first, succeeds=before is not None
    )

    def ready() -> None:
        # What a start leaves behind lives as long as the process: collections need not walk it.
        gc.collect()
        gc.freeze()
        if first:
            _announce(parts.settings, program.started, demo=program.demo)
        if seat is not None:
            seat.ready()
        elif before is not None:
            before.let_go()

    try:
        server.serve_on(sockets, program, ready=ready, tls=parts.tls, until=until)
    except SystemExit:
        if program.failure:
            fail(f"It could not start: {program.failure}.")
        raise


def _announce(settings: Settings, started: Started, *, demo: bool) -> None:
    console = Console(highlight=False)
    console.print(
        f"[bold]{settings.product_name}[/] {__version__} is ready at "
        f"[bold link={settings.issuer}]{settings.issuer}[/]"
    )
    if demo:
        banner.show(console, settings.issuer, settings.tenant)
    if started.administrator_link is not None:
        console.print(
            "Nobody administers this installation yet. This link makes the first administrator; "
            "it works once, for 7 days:"
        )
        console.print(started.administrator_link, soft_wrap=True)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
