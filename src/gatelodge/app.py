"""The composition root: settings in, ASGI application out; the only file that knows every surface."""

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence

import msgspec
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from gatelodge import jobs
from gatelodge.authserver.context import Context, DigestKeys
from gatelodge.authserver.endpoints import endpoints
from gatelodge.operations import signing_keys
from gatelodge.operations.passwords import PasswordPool
from gatelodge.operations.sign_in import SignIn
from gatelodge.settings import Secrets, Settings
from gatelodge.storage import changes
from gatelodge.storage.engine import Store
from gatelodge.storage.live import Live
from gatelodge.storage.loading import LOADERS
from gatelodge.web import clock, health
from gatelodge.web.http import ASGIApp, Receive, Scope, Send
from gatelodge.web.middleware import RequestId
from gatelodge.web.pages import STATIC

OAUTH_PATHS = ("/authorize", "/token", "/revoke", "/introspect", "/userinfo", "/jwks")


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator is told once the program runs."""

    administrator_link: str | None = None


class Program:
    """The whole product as one ASGI application; it opens and closes with the server's lifespan."""

    def __init__(self, settings: Settings, secrets: Secrets, *, demo: bool = False) -> None:
        self._settings = settings
        self._secrets = secrets
        self._demo = demo
        self._app: ASGIApp = _closed
        self._failure = ""
        self.started = Started()

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
        except Exception as error:
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            raise
        await send({"type": "lifespan.shutdown.complete"})

    @contextlib.asynccontextmanager
    async def _running(self) -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as stack:
            store = await Store.open(self._settings.database)
            stack.push_async_callback(store.close)
            live = Live(store, LOADERS)
            await live.start(clock.now())
            stack.push_async_callback(live.stop)
            pool = PasswordPool()
            stack.callback(pool.close)
            ring = await signing_keys.load(store, self._secrets, clock.now())
            context = Context(
                issuer=self._settings.issuer,
                tenant=self._settings.tenant,
                store=store,
                live=live,
                signing_keys=lambda: ring,
                digest_keys=DigestKeys.of(self._secrets),
                clock=clock.now,
            )
            self._app = self._composed(context, SignIn(store, pool, self._secrets))
            await stack.enter_async_context(jobs.running(jobs.table(store, live, clock.now)))
            yield
            self._app = _closed

    def _composed(self, context: Context, sign_in: SignIn) -> ASGIApp:
        exact = dict(health.endpoints(lambda: context.store.read(changes.newest)))
        exact |= with_aliases(endpoints(context, sign_in.user), context.tenant)
        pages = Starlette(routes=[Mount("/static", StaticFiles(directory=STATIC))])
        dispatch = Dispatch(exact, pages, pages)
        return RequestId(dispatch, secure=self._settings.secure)


class Dispatch:
    """Finds who answers a path: machine-read endpoints first, then the gateway, then pages."""

    def __init__(self, exact: Mapping[str, ASGIApp], gateway: ASGIApp, pages: ASGIApp) -> None:
        self._exact = exact
        self._gateway = gateway
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand one request on."""
        path: str = scope["path"]
        app = self._exact.get(path)
        if app is None:
            app = self._gateway if path.startswith("/t/") else self._pages
        await app(scope, receive, send)


def with_aliases(found: Mapping[str, ASGIApp], tenant: str) -> dict[str, ASGIApp]:
    """Add the paths that VBC's and WSO2's clients know: ``/oauth2/token``, ``/t/TENANT/...``."""
    aliases = dict(found)
    for path in OAUTH_PATHS:
        if path in found:
            for alias in alias_paths(path, tenant):
                aliases[alias] = found[path]
    return aliases


def alias_paths(path: str, tenant: str) -> Sequence[str]:
    """Return the further paths an OAuth endpoint answers on."""
    return f"/oauth2{path}", f"/t/{tenant}/oauth2{path}"


async def _closed(scope: Scope, receive: Receive, send: Send) -> None:
    """Refuse what comes before the start is done or after the stop has begun."""
    del scope, receive
    headers = [(b"content-length", b"0"), (b"retry-after", b"1")]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
