"""Opens HTTP clients and drives flows with them: the one place that knows how to reach out."""

import asyncio
import contextlib
import functools
import ssl
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import httpx2
import msgspec

from gatelodge_client import flow as flows
from gatelodge_client.flow import Flow

T = TypeVar("T")
_SECONDS = 30.0


class Connecting(msgspec.Struct, frozen=True, kw_only=True):
    """How connections are made, for the API and the authorization server alike.

    ``verify`` is an SSL context of your own certificates, ``proxy`` an address; otherwise the
    environment decides (``HTTPS_PROXY``, ``SSL_CERT_FILE``). Transports and sleeps are for tests.
    """

    verify: ssl.SSLContext | bool = True
    proxy: str | None = None
    timeout: float = _SECONDS
    trust_env: bool = True
    user_agent: str = "gatelodge-client"
    transport: httpx2.BaseTransport | None = None
    async_transport: httpx2.AsyncBaseTransport | None = None
    sleep: Callable[[float], None] = time.sleep
    async_sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    def client(self, auth: httpx2.Auth | None = None) -> httpx2.Client:
        """Return a client that follows no redirect: each would be somebody else's address."""
        return httpx2.Client(
            auth=auth,
            verify=self._trust(),
            proxy=self.proxy,
            timeout=self.timeout,
            trust_env=self.trust_env,
            transport=self.transport,
            headers={"User-Agent": self.user_agent},
        )

    def async_client(self, auth: httpx2.Auth | None = None) -> httpx2.AsyncClient:
        """Return the same for asyncio."""
        return httpx2.AsyncClient(
            auth=auth,
            verify=self._trust(),
            proxy=self.proxy,
            timeout=self.timeout,
            trust_env=self.trust_env,
            transport=self.async_transport,
            headers={"User-Agent": self.user_agent},
        )

    def _trust(self) -> ssl.SSLContext | bool:
        return _system_trust(self.trust_env) if self.verify is True else self.verify

    def run(self, flow: Flow[T], http: httpx2.Client | None = None) -> T:
        """Drive a flow with ``http``, or with a client of its own if it asks for anything."""
        with contextlib.ExitStack() as opened:

            def send(request: httpx2.Request) -> httpx2.Response:
                nonlocal http
                if http is None:
                    http = opened.enter_context(self.client())
                return http.send(_prepared(request, http))

            return flows.run(flow, send, self.sleep)

    async def run_async(self, flow: Flow[T], http: httpx2.AsyncClient | None = None) -> T:
        """Drive a flow with ``http``, or with a client of its own if it asks for anything."""
        async with contextlib.AsyncExitStack() as opened:

            async def send(request: httpx2.Request) -> httpx2.Response:
                nonlocal http
                if http is None:
                    http = await opened.enter_async_context(self.async_client())
                return await http.send(_prepared(request, http))

            return await flows.run_async(flow, send, self.async_sleep)


@functools.cache
def _system_trust(trust_env: bool) -> ssl.SSLContext:  # noqa: FBT001 - a key of the cache
    """Read the system's certificates once: a context costs more than many a request."""
    return httpx2.create_ssl_context(trust_env=trust_env)


def _prepared(request: httpx2.Request, http: httpx2.Client | httpx2.AsyncClient) -> httpx2.Request:
    """Give a request built by a flow what ``build_request`` would have: time limits and headers."""
    request.extensions.setdefault("timeout", http.timeout.as_dict())
    for name, value in http.headers.items():
        request.headers.setdefault(name, value)
    return request
