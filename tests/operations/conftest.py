"""A store on both databases with two developers, an administrator and an API to subscribe to."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import Connection, insert

from gatelodge.catalog.apis import Api
from gatelodge.operations.actor import Act, Actor
from gatelodge.storage import apis, plans
from gatelodge.storage.engine import Store
from gatelodge.storage.schema import developers

NOW = 1_800_000_000
OWNER, OTHER, ADMINISTRATOR = 1, 2, 3
DIGEST_KEY = b"k" * 32

WEATHER = Api(
    id=10,
    name="Weather",
    version="v1",
    context="/weather",
    description="Weather by town.",
    state="published",
    default_version=True,
    production_upstream="http://127.0.0.1:9",
    sandbox_upstream=None,
    plans=("Standard", "Gold"),
    operations=(),
    scopes={},
    created_at=NOW,
)


def fill(conn: Connection) -> None:
    """Store the people and the API."""
    conn.execute(
        insert(developers),
        [
            {
                "id": id_,
                "email": f"{name}@example.com",
                "name": name,
                "roles": ["developer"],
                "state": "active",
                "password_hash": None,
                "created_at": NOW,
            }
            for id_, name in ((OWNER, "dev"), (OTHER, "eve"), (ADMINISTRATOR, "admin"))
        ],
    )
    plans.ensure_standard(conn)
    apis.add(conn, WEATHER, "{}")


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """An open store with the people and the API in it."""
    opened = await Store.open(database_url)
    await opened.write(fill)
    yield opened
    await opened.close()


def act(store: Store, who: int, now: int = NOW) -> Act:
    """Return an act of one of the developers at ``now``."""
    roles = frozenset({"administrator"}) if who == ADMINISTRATOR else frozenset({"developer"})
    actor = Actor(kind="developer", id=who, name=f"developer {who}", address="::1", roles=roles)
    return Act(actor=actor, now=now, ids=store.ids)
