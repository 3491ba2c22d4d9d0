"""What requests look at without asking the database: caches that forget on the change log's word.

A change made on this node is applied before the caller that made it is answered; one made by
another process when the feed says that there is one (``storage.listening``). If the database is
away, what is cached still answers.
"""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Generic, TypeVar

import msgspec
import structlog
from sqlalchemy import Connection

from gatelodge.catalog.apis import Api
from gatelodge.catalog.applications import Application
from gatelodge.catalog.plans import Plan
from gatelodge.catalog.subscriptions import Subscription
from gatelodge.identity.users import User
from gatelodge.oauth.clients import Client
from gatelodge.storage import changes
from gatelodge.storage.engine import Store
from gatelodge.storage.errors import StoreUnavailable
from gatelodge.storage.following import Follower
from gatelodge.storage.listening import POLL, Feed
from gatelodge.storage.revocations import Revocations

_LOOKBACK = 200
_MOST_KEPT = 10_000
"""How many of each are kept: together some 30 MB when full; what is not there is read in 0.1 ms."""

_log = structlog.get_logger(__name__)

K = TypeVar("K")
V = TypeVar("V")


class ApplicationView(msgspec.Struct, frozen=True, kw_only=True):
    """An application and its subscriptions by API id."""

    application: Application
    subscriptions: Mapping[int, Subscription]


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """Every API and plan; ``serial`` is another number whenever either changed."""

    serial: int
    apis: tuple[Api, ...]
    plans: Mapping[str, Plan]


class Loaders(msgspec.Struct, frozen=True, kw_only=True):
    """How each cached thing is read."""

    client: Callable[[Connection, str], Client | None]
    application: Callable[[Connection, int], ApplicationView | None]
    user: Callable[[Connection, int], User | None]
    apis: Callable[[Connection], Sequence[Api]]
    plans: Callable[[Connection], Sequence[Plan]]


class Bounded(Generic[K, V]):
    """A dictionary that drops what nobody has asked for longest once it is full.

    Whoever calls all the time stays, however many others come by once.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._items: OrderedDict[K, V] = OrderedDict()
        self.pop = self._items.pop
        self.clear = self._items.clear
        self.items = self._items.items

    def get(self, key: K) -> V | None:
        """Return what is remembered."""
        found = self._items.get(key)
        if found is not None:
            self._items.move_to_end(key)
        return found

    def put(self, key: K, value: V) -> None:
        """Remember ``value``; another entry goes when there is no room."""
        self._items[key] = value
        self._items.move_to_end(key)
        if len(self._items) > self._size:
            self._items.popitem(last=False)


class Live:
    """One node's caches. ``peek_*`` answer from memory or ``None``; the others load on a miss."""

    def __init__(self, store: Store, loaders: Loaders, *, listen: bool = True) -> None:
        self._store = store
        self._loaders = loaders
        self._listen = listen
        self._clients: Bounded[str, Client] = Bounded(_MOST_KEPT)
        self._applications: Bounded[int, ApplicationView] = Bounded(_MOST_KEPT)
        self._users: Bounded[int, User] = Bounded(_MOST_KEPT)
        self._catalogue: Catalogue | None = None
        self._serial = 0
        self._epoch = 0
        self._follower = Follower(0)
        self._revocations = Revocations()
        self._listeners: list[Callable[[changes.Change], None]] = []
        self._poll: asyncio.Task[None] | None = None
        self._feed: Feed | None = None
        self.peek_client = self._clients.get
        self.peek_application = self._applications.get
        self.peek_user = self._users.get

    async def start(self, now: int) -> None:
        """Read the standing revocations and follow the log from here on."""
        self._feed = self._store.feed(listen=self._listen)
        # A little before the newest: a lower number may be committed after a higher one.
        newest = await self._store.read(changes.newest)
        self._follower = Follower(max(0, newest - _LOOKBACK))
        # Seen before anything is cached: what is old must not empty the caches later. What it
        # revoked stands in what is read next.
        self._follower.take(await self._store.read(changes.since, self._follower.last))
        for change in await self._store.read(changes.standing, now):
            self._revocations.add(change)
        self._store.listen(self.apply)
        self._poll = asyncio.create_task(self._follow(self._feed), name="gatelodge-live")

    async def stop(self) -> None:
        """Stop following the log."""
        if self._poll is not None:
            self._poll.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._poll
        if self._feed is not None:
            await self._feed.stop()

    def subscribe(self, listener: Callable[[changes.Change], None]) -> None:
        """Have ``listener`` told of every change after the caches took it in."""
        self._listeners.append(listener)

    def peek_catalogue(self) -> Catalogue | None:
        """Return the catalogue in memory, ``None`` when it has to be read again."""
        return self._catalogue

    async def client(self, consumer_key: str) -> Client | None:
        """Return the client with this consumer key, an inactive one included."""
        found = self._clients.get(consumer_key)
        if found is None:
            epoch = self._epoch
            found = await self._store.read(self._loaders.client, consumer_key)
            # A change that came in while reading makes this answer too old to keep.
            if found is not None and epoch == self._epoch:
                self._clients.put(consumer_key, found)
        return found

    async def application(self, application_id: int) -> ApplicationView | None:
        """Return an application with its subscriptions."""
        found = self._applications.get(application_id)
        if found is None:
            epoch = self._epoch
            found = await self._store.read(self._loaders.application, application_id)
            if found is not None and epoch == self._epoch:
                self._applications.put(application_id, found)
        return found

    async def user(self, user_id: int) -> User | None:
        """Return a user's identity, a disabled one included."""
        found = self._users.get(user_id)
        if found is None:
            epoch = self._epoch
            found = await self._store.read(self._loaders.user, user_id)
            if found is not None and epoch == self._epoch:
                self._users.put(user_id, found)
        return found

    async def catalogue(self) -> Catalogue:
        """Return every API and plan."""
        if self._catalogue is not None:
            return self._catalogue
        epoch = self._epoch
        apis = tuple(await self._store.read(self._loaders.apis))
        plans = {plan.name: plan for plan in await self._store.read(self._loaders.plans)}
        self._serial += 1
        catalogue = Catalogue(serial=self._serial, apis=apis, plans=plans)
        if epoch == self._epoch:
            self._catalogue = catalogue
        return catalogue

    def revoked(
        self, *, access_token_id: int, family_id: int | None, client_row: int, user_id: int | None
    ) -> bool:
        """Say whether a token with these facts was revoked."""
        return self._revocations.cover(
            token_id=access_token_id, family_id=family_id, client_row=client_row, user_id=user_id
        )

    @property
    def restored_at(self) -> int:
        """When a backup was put back, as long as that matters; 0 otherwise."""
        return self._revocations.restores.get(0, 0)

    def forget(self, now: int) -> None:
        """Drop revocations that can no longer meet a living token."""
        self._revocations.forget(now)

    def apply(self, logged: Sequence[changes.Change]) -> None:
        """Take in rows of the log; one that was seen before is passed over."""
        for change in self._follower.take(logged):
            # What was seen before makes nothing that is being read too old.
            self._epoch += 1
            self._revocations.add(change)
            self._invalidate(change)
            for listener in self._listeners:
                listener(change)

    def _invalidate(self, change: changes.Change) -> None:
        if change.kind == "application":
            self._applications.pop(change.ref, None)
            self._drop_clients(change.ref)
        elif change.kind == "developer":
            # A developer's applications are not known here, and this is rare.
            self._clients.clear()
            self._applications.clear()
        elif change.kind == "user":
            self._users.pop(change.ref, None)
        elif change.kind == "directory":
            self._users.clear()
        elif change.kind == "api":
            self._catalogue = None

    def _drop_clients(self, application_id: int) -> None:
        gone = [k for k, client in self._clients.items() if client.application_id == application_id]
        for consumer_key in gone:
            self._clients.pop(consumer_key, None)

    async def _follow(self, feed: Feed) -> None:
        loop = asyncio.get_running_loop()
        counted = loop.time()
        while True:
            await feed.wait()
            try:
                follower = self._follower
                logged = await self._store.read(changes.since, follower.last, follower.missing)
            except StoreUnavailable as error:
                _log.warning("changes_not_read", cause=str(error))
                await asyncio.sleep(POLL)
                continue
            if logged:
                self.apply(logged)
            # By time and not by readings: many changes must not wear the patience out.
            if loop.time() - counted >= POLL:
                follower.wait()
                counted = loop.time()
