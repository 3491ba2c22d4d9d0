"""The program: follows the server's start and stop, and seeds what a first start needs."""

import contextlib
from collections.abc import AsyncIterator

from gatelodge.app import background, core, machines, managing, offloading, operating, pages
from gatelodge.app.dispatch import Dispatch, closed, with_aliases
from gatelodge.app.first_start import Started, prepared
from gatelodge.app.toolbox import toolbox
from gatelodge.gateway.usage import Usage
from gatelodge.operations.sealed_keys import UnreadableSigningKeys
from gatelodge.settings import BadSettings, Secrets, Settings
from gatelodge.storage.errors import StorageError
from gatelodge.web import middleware
from gatelodge.web.crowd import Crowd
from gatelodge.web.http import ASGIApp, Receive, Scope, Send


class Program:
    """The whole product as one ASGI application; it opens and closes with the server's lifespan.

    ``failure`` says in a sentence why it could not start. ``first`` is false for a process that
    joins others of this start: it puts nothing into the store and has no news for the operator.
    ``succeeds`` is true for one that takes over from others, which still hold the operator's port.
    """

    def __init__(
        self,
        settings: Settings,
        secrets: Secrets,
        *,
        demo: bool = False,
        first: bool = True,
        succeeds: bool = False,
    ) -> None:
        self._settings = settings
        self._secrets = secrets
        self.demo = demo
        self._first = first
        self._succeeds = succeeds
        self._app: ASGIApp = closed
        self.started = Started()
        self.failure = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or follow the server's start and stop."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        else:
            await self._app(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            async with self._running():
                await send({"type": "lifespan.startup.complete"})
                await receive()
        except (StorageError, UnreadableSigningKeys, BadSettings) as error:
            self.failure = str(error)
            await send({"type": "lifespan.startup.failed"})
            return
        await send({"type": "lifespan.shutdown.complete"})

    @contextlib.asynccontextmanager
    async def _running(self) -> AsyncIterator[None]:
        async with core.opened(self._settings, self._secrets, demo=self.demo) as opened:
            if self._first:
                self.started = await prepared(opened, demo=self.demo)
            opened.store.hurry()
            usage = Usage(opened.store)
            upstreams = machines.forwarder(opened)
            shared = machines.context(opened)
            tools = toolbox(opened)
            found = machines.authorization_server(opened, shared)
            found = {**found, **pages.sign_in(opened, shared, tools)}
            gate = machines.gate(opened, shared, usage)
            exact = {
                **operating.health_checks(opened),
                **offloading.forward_auth(opened, gate),
                **with_aliases(found, self._settings.tenant),
            }
            gateway = machines.gateway(upstreams, gate)
            programs = managing.management(opened, shared)
            site = pages.site(opened, shared, tools, demo=self.demo)
            async with (
                background.work(opened, shared, usage),
                operating.watched(opened, shared, usage, wait=self._succeeds) as measured,
            ):
                dispatch = Dispatch(exact, gateway, machines.resources(shared), programs, site)
                measuring = measured(Crowd(dispatch))
                self._app = middleware.around(measuring, self._settings)
                yield
                self._app = closed
            await upstreams.close()
            await usage.flush()
