"""``Client`` and ``AsyncClient``: sign in, and use the API, with or without an event loop."""

import time
from collections.abc import Callable, Mapping
from typing import Self, TypedDict, TypeVar, Unpack

import httpx2

from gatelodge_client import async_resources, resources
from gatelodge_client.bearer import BearerAuth
from gatelodge_client.calls import Calling
from gatelodge_client.connecting import Connecting
from gatelodge_client.flow import Flow
from gatelodge_client.grants import Grant
from gatelodge_client.provisioning import Provisioning
from gatelodge_client.retrying import Retrying
from gatelodge_client.session import Interactive, Session
from gatelodge_client.settings import Settings
from gatelodge_client.store.memory import MemoryStore
from gatelodge_client.store.places import Store
from gatelodge_client.tokens import TokenSet

T = TypeVar("T")


class Options(TypedDict, total=False):
    """What a client may be given beside its settings.

    ``grant`` signs in by itself. ``store`` keeps the tokens (memory unless given), ``user`` tells
    users of one store apart. ``connecting`` and ``retrying`` say how; ``now`` is the clock.
    """

    grant: Grant | None
    store: Store | None
    user: str
    connecting: Connecting
    retrying: Retrying
    now: Callable[[], float]


class _Base:
    """What both clients are made of."""

    def __init__(self, settings: Settings, **options: Unpack[Options]) -> None:
        self.settings = settings
        rules, now = options.get("retrying", Retrying()), options.get("now", time.time)
        self._connecting = options.get("connecting", Connecting())
        self.session = Session(
            settings,
            options.get("store") or MemoryStore(),
            grant=options.get("grant"),
            user=options.get("user", ""),
            retrying=rules,
            now=now,
        )
        self._calling = Calling(retrying=rules, now=now)
        self._api = Provisioning(settings=settings, calling=self._calling)
        self._auth = BearerAuth(self.session, self._connecting)

    def _request(
        self, method: str, path: str, query: Mapping[str, str] | None, body: object
    ) -> httpx2.Request:
        """Return a request below ``base_url``: the access token goes nowhere else."""
        url = f"{self.settings.base_url}/{path.lstrip('/')}"
        return httpx2.Request(method, url, params=query, json=body)


class Client(_Base):
    """The API for programs without an event loop; use it in a ``with`` block, from any threads.

    ``grant`` signs in by itself (``Password``, ``ClientCredentials``); without one, ``sign_in`` or
    an earlier run that used the same ``store`` and ``user`` has to have done so.
    """

    def __init__(self, settings: Settings, **options: Unpack[Options]) -> None:
        super().__init__(settings, **options)
        self._http = self._connecting.client(self._auth)
        run = resources.Run(self._run)
        self.accounts = resources.Accounts(self._api, run)
        self.locations = resources.Locations(self._api, run)
        self.extensions = resources.Extensions(self._api, run)
        self.users = resources.Users(self._api, run)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; tokens stay where they are stored."""
        self._http.close()

    def sign_in(self, how: Grant | Interactive) -> TokenSet:
        """Sign in now: ``Browser()``, ``Device()``, or a grant; the tokens are stored."""
        return self._connecting.run(self.session.sign_in(how))

    def sign_out(self) -> None:
        """Forget the tokens and revoke them at the server."""
        self._connecting.run(self.session.sign_out())

    def resume(self) -> None:
        """Try a refused password again; see ``PasswordRefused``."""
        self._connecting.run(self.session.resume())

    def access_token(self) -> str:
        """Return an access token with life left, for other programs."""
        return self._connecting.run(self.session.fresh()).access_token

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: object = None,
    ) -> httpx2.Response:
        """Send any request below ``base_url``; raises like the rest unless it succeeds."""
        return self._run(self._calling.answer(self._request(method, path, query, body)))

    def _run(self, flow: Flow[T]) -> T:
        return self._connecting.run(flow, self._http)


class AsyncClient(_Base):
    """The API for programs on asyncio; use it in an ``async with`` block. See ``Client``."""

    def __init__(self, settings: Settings, **options: Unpack[Options]) -> None:
        super().__init__(settings, **options)
        self._http = self._connecting.async_client(self._auth)
        run = async_resources.AsyncRun(self._run)
        self.accounts = async_resources.AsyncAccounts(self._api, run)
        self.locations = async_resources.AsyncLocations(self._api, run)
        self.extensions = async_resources.AsyncExtensions(self._api, run)
        self.users = async_resources.AsyncUsers(self._api, run)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections; tokens stay where they are stored."""
        await self._http.aclose()

    async def sign_in(self, how: Grant | Interactive) -> TokenSet:
        """Sign in now: ``Browser()``, ``Device()``, or a grant; the tokens are stored."""
        return await self._connecting.run_async(self.session.sign_in(how))

    async def sign_out(self) -> None:
        """Forget the tokens and revoke them at the server."""
        await self._connecting.run_async(self.session.sign_out())

    async def resume(self) -> None:
        """Try a refused password again; see ``PasswordRefused``."""
        await self._connecting.run_async(self.session.resume())

    async def access_token(self) -> str:
        """Return an access token with life left, for other programs."""
        return (await self._connecting.run_async(self.session.fresh())).access_token

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: object = None,
    ) -> httpx2.Response:
        """Send any request below ``base_url``; raises like the rest unless it succeeds."""
        return await self._run(self._calling.answer(self._request(method, path, query, body)))

    async def _run(self, flow: Flow[T]) -> T:
        return await self._connecting.run_async(flow, self._http)
