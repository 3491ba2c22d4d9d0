"""The demo tenant is what its documentation says, once and only once."""

from typing import Any

import argon2
import msgspec
import pytest
from sqlalchemy import Connection, func, select

from gatelodge.demo import credentials, people
from gatelodge.demo.seed import seed
from gatelodge.directory.filters import ExtensionFilter, UserFilter
from gatelodge.directory.pages import Page
from gatelodge.oauth import digests
from gatelodge.oauth.clients import Client
from gatelodge.storage import (
    apis,
    applications,
    clients,
    developers,
    directory,
    directory_extensions,
    directory_users,
    plans,
    schema,
    subscriptions,
    users,
)
from gatelodge.storage.engine import Store
from tests.demo.conftest import MakeStart

ALL = Page(size=1000)


def rows(conn: Connection) -> dict[str, list[dict[str, Any]]]:
    """Return everything stored but the logs, table by table."""
    skipped = {"changes", "nodes"}
    return {
        table.name: [dict(row) for row in conn.execute(select(table)).mappings()]
        for table in schema.metadata.sorted_tables
        if table.name not in skipped
    }


async def client(store: Store) -> Client:
    """Return the demo's client."""
    found = await store.read(clients.find_by_client_id, credentials.CONSUMER_KEY)
    assert found is not None
    return found


async def test_both_accounts_are_as_documented(store: Store, start: MakeStart) -> None:
    """571700 has 3 locations, 250 users, 300 extensions; 571701 has 1, 5 and 7."""
    await store.write(seed, start())
    counts = {}
    for account_id in (people.VONAGE, people.EXAMPLE):
        account = await store.read(directory.find_account, account_id)
        assert account is not None
        listed = directory_extensions.list_extensions
        extensions = await store.read(listed, account_id, ExtensionFilter(), ALL)
        found = await store.read(directory_users.list_users, account_id, UserFilter(), ALL)
        locations = await store.read(directory.locations_of, account_id)
        counts[account.name] = (account.status, len(locations), found.total, extensions.total)
    assert counts == {"Vonage": ("ACTIVE", 3, 250, 300), "Example Ltd": ("ACTIVE", 1, 5, 7)}


async def test_users_can_sign_in_with_the_printed_password(store: Store, start: MakeStart) -> None:
    """User jsmith administers 571700, ajones is of 571701; nobody else has a password."""
    await store.write(seed, start())
    for login, account_id, role in (
        ("jsmith", 571700, "administrator"),
        ("ajones", 571701, "member"),
    ):
        user = await store.read(users.find_by_login, login)
        assert user is not None
        assert (user.account_id, user.role, user.state) == (account_id, role, "active")
        assert argon2.PasswordHasher().verify(user.password_hash or "", credentials.USER_PASSWORD)

    def passwords(conn: Connection) -> int:
        wanted = select(func.count()).where(schema.users.c.password_hash.is_not(None))
        return conn.execute(wanted).scalar_one()

    assert await store.read(passwords) == 2


@pytest.mark.parametrize(
    ("email", "password", "roles"),
    [
        (
            "dev@example.com",
            "demo-developer-password",
            {"developer"},
        ),
        (
            "admin@example.com",
            "demo-admin-password",
            {"developer", "publisher", "administrator"},
        ),
    ],
)
async def test_developers_can_sign_in_with_the_printed_password(
    store: Store, start: MakeStart, email: str, password: str, roles: set[str]
) -> None:
    """The portal's two accounts are active and their hashes belong to their passwords."""
    await store.write(seed, start())
    found = await store.read(developers.find_by_email, email)
    assert found is not None
    assert found.state == "active"
    assert set(map(str, found.roles)) == roles
    hasher = argon2.PasswordHasher()
    assert hasher.verify(found.password_hash or "", password)
    parameters = argon2.extract_parameters(found.password_hash or "")
    assert (parameters.memory_cost, parameters.time_cost, parameters.parallelism) == (19_456, 2, 1)


async def test_the_api_is_published_with_every_plan(store: Store, start: MakeStart) -> None:
    """Provisioning v1 answers below /provisioning for both environments."""
    await store.write(seed, start())
    (api,) = await store.read(apis.all)
    assert (api.name, api.version, api.context, api.state) == (
        "Provisioning",
        "v1",
        "/provisioning",
        "published",
    )
    assert api.plans == ("Standard", "Bronze", "Silver", "Gold", "Unlimited")
    assert [plan.name for plan in await store.read(plans.all)] == list(api.plans)
    assert (api.production_upstream, api.sandbox_upstream) == ("app:provisioning",) * 2
    guarded = [op for op in api.operations if op.audience == "user"]
    assert (len(api.operations), len(guarded)) == (8, 7)
    assert {op.method for op in api.operations} == {"GET"}


async def test_the_application_is_ready_to_use(store: Store, start: MakeStart) -> None:
    """Its key has all five grants and no PKCE, its secret fits, its subscription is active."""
    begun = start(port=9090)
    await store.write(seed, begun)
    found = await client(store)
    assert found.active
    assert found.grant_types == {
        "authorization_code",
        "refresh_token",
        "password",
        "client_credentials",
        "urn:ietf:params:oauth:grant-type:device_code",
    }
    assert not found.require_pkce
    assert found.redirect_uris == ("http://localhost:9090/callback-demo",)
    key = begun.secrets.derive(digests.CONSUMER_SECRET)
    expected = digests.digest(key, credentials.CONSUMER_SECRET.encode())
    assert [secret.digest for secret in found.secrets] == [expected]
    application = await store.read(applications.find, found.application_id)
    assert application is not None
    assert (application.name, application.quota) == ("Demo Application", "Unlimited")
    (subscription,) = await store.read(subscriptions.of_application, application.id)
    assert (subscription.plan, subscription.state) == ("Unlimited", "active")


async def test_a_second_start_changes_nothing(store: Store, start: MakeStart) -> None:
    """Starting again on the same data and port leaves every row as it was."""
    await store.write(seed, start())
    before = await store.read(rows)
    await store.write(seed, start())
    assert await store.read(rows) == before


async def test_the_callback_follows_the_port(store: Store, start: MakeStart) -> None:
    """Another port replaces the earlier callback and leaves those somebody added."""

    def add_callback(conn: Connection) -> None:
        found = clients.find_by_client_id(conn, credentials.CONSUMER_KEY)
        assert found is not None
        uris = (*found.redirect_uris, "https://app.example/cb")
        clients.replace_settings(conn, msgspec.structs.replace(found, redirect_uris=uris))

    await store.write(seed, start(port=8080))
    await store.write(add_callback)
    await store.write(seed, start(port=8081))
    assert (await client(store)).redirect_uris == (
        "http://localhost:8081/callback-demo",
        "https://app.example/cb",
    )


async def test_the_printed_secret_survives_a_new_installation_secret(
    store: Store, start: MakeStart
) -> None:
    """The same database under another installation secret still takes the printed one."""
    await store.write(seed, start())
    other = start(secret=b"t" * 32)
    await store.write(seed, other)
    key = other.secrets.derive(digests.CONSUMER_SECRET)
    expected = digests.digest(key, credentials.CONSUMER_SECRET.encode())
    assert expected in [secret.digest for secret in (await client(store)).secrets]


async def test_what_somebody_changed_stays(store: Store, start: MakeStart) -> None:
    """A key made for the demo application by hand is not replaced, a deleted one comes back."""
    await store.write(seed, start())
    found = await client(store)
    await store.write(clients.remove, found.id)
    other = msgspec.structs.replace(found, client_id="AnotherKey", secrets=())
    await store.write(clients.add, other)
    await store.write(seed, start())
    assert await store.read(clients.find_by_client_id, credentials.CONSUMER_KEY) is None
    await store.write(clients.remove, other.id)
    await store.write(seed, start())
    assert (await client(store)).application_id == found.application_id


async def test_a_newer_document_reaches_an_older_demo(store: Store, start: MakeStart) -> None:
    """An API seeded by an earlier version follows the document of this one, and keeps its state."""
    await store.write(seed, start())
    (api,) = await store.read(apis.all)
    older = msgspec.structs.replace(api, operations=api.operations[:1], state="deprecated")
    await store.write(apis.replace, older, "{}")
    await store.write(seed, start())
    (after,) = await store.read(apis.all)
    assert (after.operations, after.state) == (api.operations, "deprecated")
    assert await store.read(apis.document, api.id) == start().document
