"""``gatelodge gateway``: lets a proxy in front carry the calls."""

from typing import Annotated, Literal

import typer

from gatelodge.catalog.apis import Api
from gatelodge.cli.acting import warn
from gatelodge.cli.installation import Installation, read_settings, run
from gatelodge.gateway.offload import caddy, envoy, nginx, traefik
from gatelodge.gateway.offload.front import front
from gatelodge.storage import apis as stored

app = typer.Typer(no_args_is_help=True, help="Let a proxy in front carry the calls of APIs.")

Proxy = Literal["nginx", "envoy", "traefik", "caddy"]
_WRITERS = {
    "nginx": nginx.configuration,
    "envoy": envoy.configuration,
    "traefik": traefik.configuration,
    "caddy": caddy.configuration,
}
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - the address to reach it at


@app.callback()
def gateway() -> None:
    """Let a proxy in front carry the calls of APIs."""


@app.command()
def config(
    context: typer.Context,
    *,
    proxy: Annotated[
        Proxy, typer.Option("--for", metavar="PROXY", help="nginx, envoy, traefik or caddy.")
    ],
) -> None:
    """Print a configuration by which a proxy asks Gatelodge and carries calls to upstreams itself.

    It holds every published API whose upstream is a server of its own; the proxy's address must be
    one of trusted_proxies.
    """

    async def work(installation: Installation) -> list[Api]:
        return list(await installation.store.read(stored.all))

    offered = run(context, work)
    settings = read_settings(context)
    if not settings.trusted_proxies:
        warn("Set trusted_proxies to the proxy's address: nobody else is answered at /gate/check.")
    host = _EVERYWHERE.get(settings.host, settings.host)
    listens = f"{host}:{settings.port}"
    written = front(settings.issuer, listens, settings.tenant, offered, settings.fault_format)
    if written.port == settings.port and not settings.secure:
        warn(f"base_url has Gatelodge's own port {settings.port}: the proxy needs another.")
    typer.echo(_WRITERS[proxy](written), nl=False)
