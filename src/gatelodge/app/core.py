"""What every surface is made with: the open store, its caches, the signing keys, sign-in."""

import contextlib
from collections.abc import AsyncIterator

import msgspec

from gatelodge.app import post, shared
from gatelodge.app.post import Post
from gatelodge.app.shared import Shared
from gatelodge.operations import signing_keys
from gatelodge.operations.live_ring import LiveRing
from gatelodge.operations.passwords import PasswordPool
from gatelodge.operations.secret_uses import SecretUses
from gatelodge.operations.sign_in import SignIn
from gatelodge.operations.upstream_journeys import Journeys
from gatelodge.operations.upstream_providers import UpstreamProviders
from gatelodge.settings import Secrets, Settings
from gatelodge.storage.engine import Store
from gatelodge.storage.live import Live
from gatelodge.storage.loading import LOADERS
from gatelodge.web import clock
from gatelodge.web.asking import Asking
from gatelodge.web.fetching import Fetcher
from gatelodge.web.reaching import Reach


class Core(msgspec.Struct, frozen=True, kw_only=True):
    """The shared parts of one running node.

    ``fetcher`` is the way out to clients' keys and ``telling`` the one that tells clients of
    sign-outs: each has limits of its own, so that servers which hang hold up nothing else.
    """

    settings: Settings
    secrets: Secrets
    store: Store
    live: Live
    ring: LiveRing
    pool: PasswordPool
    sign_in: SignIn
    journeys: Journeys
    fetcher: Fetcher
    telling: Fetcher
    shared: Shared
    secret_uses: SecretUses
    post: Post

    @property
    def reach(self) -> Reach:
        """Where requests of ours may go that a registered client has named the place of."""
        return "loopback" if self.settings.local else "public"

    async def keep_signing_keys(self) -> None:
        """Do what the schedule of signing keys asks for now."""
        period = self.settings.signing_key_period
        await signing_keys.keep_schedule(self.store, self.secrets, clock.certain(), period)

    async def renew_node(self) -> None:
        """Say in the database that this node runs."""
        await self.store.renew(clock.now())


@contextlib.asynccontextmanager
async def opened(settings: Settings, secrets: Secrets, *, demo: bool) -> AsyncIterator[Core]:
    """Open the store and what stands on it; everything is closed in reverse at the end."""
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(shared.alone(settings))
        store = await Store.open(settings.database)
        stack.push_async_callback(store.close)
        parts = await stack.enter_async_context(shared.opened(settings, secrets, store))
        live = Live(store, LOADERS, listen=settings.change_feed == "listen")
        await live.start(clock.now())
        stack.push_async_callback(live.stop)
        period = settings.signing_key_period
        await signing_keys.keep_schedule(store, secrets, clock.now(), period)
        ring = LiveRing(store, secrets)
        live.subscribe(ring.hear)
        stack.push_async_callback(ring.stop)
        await ring.load()
        pool = PasswordPool()
        stack.callback(pool.close)
        fetcher, telling, asking = Fetcher(), Fetcher(), Fetcher()
        for way_out in (fetcher, telling, asking):
            stack.callback(way_out.close)
        providers = UpstreamProviders(settings.providers, Asking(asking), clock.now)
        secret_uses = SecretUses(store)
        stack.push_async_callback(secret_uses.flush)
        yield Core(
            settings=settings,
            secrets=secrets,
            store=store,
            live=live,
            ring=ring,
            pool=pool,
            sign_in=SignIn(store, pool, secrets),
            journeys=Journeys(store, providers, secrets, settings.issuer, clock.now),
            fetcher=fetcher,
            telling=telling,
            shared=parts,
            secret_uses=secret_uses,
            post=post.opened(settings, secrets, store, demo=demo),
        )
