"""Scopes beyond the base ones come with an active subscription, and go with it."""

from gatelodge.catalog.subscriptions import Subscription
from gatelodge.oauth.clients import Client
from gatelodge.storage import changes, subscriptions
from gatelodge.storage.connections import Connection
from tests.authserver.asgi import Answer
from tests.authserver.conftest import Server, subscribe
from tests.oauth.records import NOW


async def ask(server: Server, owner: Client, scope: str) -> Answer:
    """Ask for client credentials with a scope."""
    return await server.post("/token", owner, grant_type="client_credentials", scope=scope)


async def test_an_unknown_scope_is_refused(server: Server) -> None:
    """Never granted verbatim, never dropped silently."""
    owner = await server.client()
    answer = await ask(server, owner, "openid admin")
    assert (answer.status, answer.json()) == (
        400,
        {"error_description": "Invalid Scope!", "error": "invalid_scope"},
    )


async def test_a_subscription_brings_its_apis_scopes(server: Server) -> None:
    """Only while it is active, and at once."""
    owner = await server.client()
    assert (await ask(server, owner, "calls:read")).status == 400
    subscription = Subscription(
        id=server.store.ids.next(),
        application_id=owner.application_id,
        api_id=9,
        plan="Standard",
        state="active",
        created_at=NOW,
    )
    await server.store.write(subscribe, subscription)
    assert (await ask(server, owner, "calls:read default")).json()["scope"] == "calls:read default"

    def block(conn: Connection) -> None:
        subscriptions.change_state(conn, subscription.id, "blocked")
        changes.append(conn, "application", owner.application_id)

    await server.store.write(block)

    assert (await ask(server, owner, "calls:read")).json()["error"] == "invalid_scope"
