"""Subscriptions: made, changed, ended, blocked, each with its line in the change log."""

import msgspec
import pytest

from gatelodge.catalog.applications import Application, Draft
from gatelodge.catalog.errors import Conflict, Invalid, NoSuch, NotAllowed
from gatelodge.operations import applications
from gatelodge.operations import subscriptions as acts
from gatelodge.storage import apis, audit, changes, subscriptions
from gatelodge.storage.engine import Store
from tests.operations.conftest import ADMINISTRATOR, OTHER, OWNER, WEATHER, act


@pytest.fixture
async def application(store: Store) -> Application:
    """An application of the owner."""
    draft = Draft(name="MyTestApp", description="", quota="10PerMin")
    return await store.write(applications.create, act(store, OWNER), OWNER, draft)


async def test_a_subscription_is_active_at_once(store: Store, application: Application) -> None:
    """Subscribing stores an active subscription and tells the caches."""
    before = await store.read(changes.newest)
    made = await store.write(acts.subscribe, act(store, OWNER), application.id, WEATHER.id, "Gold")
    assert made.state == "active"
    assert await store.read(subscriptions.of_application, application.id) == [made]
    assert await store.read(subscriptions.of_owner, OWNER) == [made]
    (change,) = await store.read(changes.since, before)
    assert (change.kind, change.ref) == ("application", application.id)


async def test_what_cannot_be_subscribed(store: Store, application: Application) -> None:
    """A second subscription, a plan not offered, an unknown or hidden API are refused."""
    owner = act(store, OWNER)
    with pytest.raises(Invalid):
        await store.write(acts.subscribe, owner, application.id, WEATHER.id, "Unlimited")
    with pytest.raises(NoSuch):
        await store.write(acts.subscribe, owner, application.id, 99, "Gold")
    with pytest.raises(NoSuch):
        await store.write(acts.subscribe, act(store, OTHER), application.id, WEATHER.id, "Gold")
    await store.write(acts.subscribe, owner, application.id, WEATHER.id, "Gold")
    with pytest.raises(Conflict):
        await store.write(acts.subscribe, owner, application.id, WEATHER.id, "Standard")
    hidden = msgspec.structs.replace(WEATHER, id=11, version="v2", state="created")
    await store.write(apis.add, hidden, "{}")
    with pytest.raises(NoSuch):
        await store.write(acts.subscribe, owner, application.id, hidden.id, "Gold")


async def test_the_plan_changes(store: Store, application: Application) -> None:
    """A subscription moves to another offered plan, by its owner only."""
    made = await store.write(acts.subscribe, act(store, OWNER), application.id, WEATHER.id, "Gold")
    await store.write(acts.change_plan, act(store, OWNER), made.id, "Standard")
    found = await store.read(subscriptions.find, made.id)
    assert found is not None
    assert found.plan == "Standard"
    with pytest.raises(Invalid):
        await store.write(acts.change_plan, act(store, OWNER), made.id, "Bronze")
    with pytest.raises(NoSuch):
        await store.write(acts.change_plan, act(store, OTHER), made.id, "Gold")


async def test_unsubscribing_ends_it(store: Store, application: Application) -> None:
    """The row is gone and the caches are told; a stranger cannot do it."""
    made = await store.write(acts.subscribe, act(store, OWNER), application.id, WEATHER.id, "Gold")
    with pytest.raises(NoSuch):
        await store.write(acts.unsubscribe, act(store, OTHER), made.id)
    before = await store.read(changes.newest)
    await store.write(acts.unsubscribe, act(store, OWNER), made.id)
    assert await store.read(subscriptions.find, made.id) is None
    assert [change.kind for change in await store.read(changes.since, before)] == ["application"]
    with pytest.raises(NoSuch):
        await store.write(acts.unsubscribe, act(store, OWNER), made.id)


async def test_blocking_needs_the_role(store: Store, application: Application) -> None:
    """Publishers and administrators block and unblock; owners cannot."""
    made = await store.write(acts.subscribe, act(store, OWNER), application.id, WEATHER.id, "Gold")
    with pytest.raises(NotAllowed):
        await store.write(acts.block, act(store, OWNER), made.id)
    stopped = await store.write(acts.block, act(store, ADMINISTRATOR), made.id)
    assert await store.read(subscriptions.find, made.id) == stopped
    assert stopped.state == "blocked"
    resumed = await store.write(acts.unblock, act(store, ADMINISTRATOR), made.id)
    assert resumed.state == "active"
    with pytest.raises(NoSuch):
        await store.write(acts.unblock, act(store, ADMINISTRATOR), 99)


async def test_scopes_are_approved_and_taken_back(store: Store, application: Application) -> None:
    """By publishers only; stored, told to the caches and written into the activity log."""
    guarded = msgspec.structs.replace(
        WEATHER, scopes={"erase": "Erase"}, sensitive_scopes=frozenset({"erase"})
    )
    await store.write(apis.replace, guarded)
    made = await store.write(acts.subscribe, act(store, OWNER), application.id, WEATHER.id, "Gold")
    with pytest.raises(NotAllowed):
        await store.write(acts.approve, act(store, OWNER), made.id, ["erase"])
    before = await store.read(changes.newest)
    given = await store.write(acts.approve, act(store, ADMINISTRATOR), made.id, ["erase"])
    assert await store.read(subscriptions.find, made.id) == given
    (one,) = await store.read(subscriptions.of_api, guarded)
    assert (one.approved_scopes, one.waiting_scopes) == ("erase", ())
    (change,) = await store.read(changes.since, before)
    assert (change.kind, change.ref) == ("application", application.id)
    await store.write(acts.withdraw, act(store, ADMINISTRATOR), made.id, ["erase"])
    (one,) = await store.read(subscriptions.of_api, guarded)
    assert (one.approved_scopes, one.waiting_scopes) == ("", ("erase",))
    events = await store.read(audit.of_object, "application", application.id)
    assert [each.detail.get("scopes") for each in events[:2]] == ["none", "erase"]
