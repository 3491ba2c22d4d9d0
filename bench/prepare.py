"""The installation the bench measures: the demo, an opaque key, an API with a URL upstream."""

from pathlib import Path

import msgspec

from gatelodge import settings as configuration
from gatelodge.catalog.apis import Api, Operation
from gatelodge.catalog.credentials import KeySettings
from gatelodge.demo import credentials as demo
from gatelodge.demo import seed
from gatelodge.demo.start import Start
from gatelodge.oauth import digests
from gatelodge.operations import credentials, subscriptions
from gatelodge.operations.actor import Act, command_line
from gatelodge.provisioning import document
from gatelodge.storage import apis, clients, plans
from gatelodge.storage.connections import Connection
from gatelodge.storage.engine import Store
from gatelodge.web import clock

TENANT = "vbc.prod"
PATH = f"/t/{TENANT}/bench/v1/ping"


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """Key and secret whose access tokens are opaque."""

    opaque_key: str
    opaque_secret: str


async def fill(data_dir: Path, port: int, upstream: str) -> Prepared:
    """Fill a data directory for a server on ``port``."""
    settings = configuration.read(None, data_dir=data_dir, port=port, tenant=TENANT)
    secrets = configuration.load_secrets(settings)
    store = await Store.open(settings.database)
    start = Start(
        origin=settings.issuer,
        document=document.text(),
        ids=store.ids,
        secrets=secrets,
        now=clock.now(),
    )
    await store.write(plans.ensure_standard)
    await store.write(seed.seed, start)
    act = Act(actor=command_line("bench"), now=clock.now(), ids=store.ids)
    prepared = await store.write(_add, act, secrets.derive(digests.CONSUMER_SECRET), upstream)
    await store.close()
    return prepared


def _add(conn: Connection, act: Act, digest_key: bytes, upstream: str) -> Prepared:
    """Add what the demo lacks: an API behind a URL, and keys with opaque access tokens."""
    client = clients.find_by_client_id(conn, demo.CONSUMER_KEY)
    assert client is not None
    api = Api(
        id=act.ids.next(),
        name="Bench",
        version="v1",
        context="/bench",
        description="",
        state="published",
        default_version=True,
        production_upstream=upstream,
        sandbox_upstream=None,
        plans=("Unlimited",),
        operations=(Operation(method="GET", path="/ping"),),
        scopes={},
        created_at=act.now,
    )
    apis.add(conn, api, "{}")
    subscriptions.subscribe(conn, act, client.application_id, api.id, "Unlimited")
    target = credentials.Target(application_id=client.application_id, environment="sandbox")
    opaque = KeySettings(
        grant_types=frozenset({"client_credentials"}),
        access_token_format="opaque",  # noqa: S106 - a format's name
    )
    issued = credentials.generate(conn, act, digest_key, target, opaque)
    return Prepared(opaque_key=issued.client.client_id, opaque_secret=issued.consumer_secret or "")
