"""What may be done with applications, by whom, and what is written down about it."""

import pytest

from gatelodge.catalog.applications import Draft
from gatelodge.catalog.credentials import KeySettings
from gatelodge.catalog.errors import Conflict, Invalid, NameTaken, NoSuch, NotAllowed
from gatelodge.operations import applications as acts
from gatelodge.operations import credentials, subscriptions
from gatelodge.operations.actor import Act, command_line
from gatelodge.operations.credentials import Target
from gatelodge.storage import applications, audit, changes, clients
from gatelodge.storage.engine import Store
from tests.operations.conftest import ADMINISTRATOR, DIGEST_KEY, NOW, OTHER, OWNER, WEATHER, act

DRAFT = Draft(name="MyTestApp", description="Tries things", quota="10PerMin")


async def test_an_application_is_made_and_logged(store: Store) -> None:
    """A developer registers an application; the activity log says who did, from where."""
    made = await store.write(acts.create, act(store, OWNER), OWNER, DRAFT)
    assert await store.read(applications.find, made.id) == made
    assert (made.owner_id, made.state, made.created_at) == (OWNER, "active", NOW)
    (event,) = await store.read(audit.of_object, "application", made.id)
    assert (event.act, event.actor_id, event.address) == ("application.create", OWNER, "::1")
    assert event.detail == {"name": "MyTestApp"}


async def test_a_name_is_taken_once_for_each_developer(store: Store) -> None:
    """The same name in other letters is refused, to another developer it is free."""
    made = await store.write(acts.create, act(store, OWNER), OWNER, DRAFT)
    same = Draft(name="mytestapp", description="", quota="10PerMin")
    with pytest.raises(NameTaken):
        await store.write(acts.create, act(store, OWNER), OWNER, same)
    await store.write(acts.create, act(store, OTHER), OTHER, same)
    kept = await store.write(acts.update, act(store, OWNER), made.id, same)
    assert kept.name == "mytestapp"


async def test_nobody_registers_for_another(store: Store) -> None:
    """Only an administrator may register an application in another developer's name."""
    with pytest.raises(NotAllowed):
        await store.write(acts.create, act(store, OTHER), OWNER, DRAFT)
    made = await store.write(acts.create, act(store, ADMINISTRATOR), OWNER, DRAFT)
    assert made.owner_id == OWNER


async def test_foreign_applications_look_missing(store: Store) -> None:
    """Another developer's application can be neither seen nor changed nor deleted."""
    made = await store.write(acts.create, act(store, OWNER), OWNER, DRAFT)
    with pytest.raises(NoSuch):
        await store.read(acts.visible, act(store, OTHER).actor, made.id)
    with pytest.raises(NoSuch):
        await store.write(acts.update, act(store, OTHER), made.id, DRAFT)
    with pytest.raises(NoSuch):
        await store.write(acts.delete, act(store, OTHER), made.id, DRAFT.name)
    with pytest.raises(NoSuch):
        await store.read(acts.visible, act(store, OWNER).actor, made.id + 1)
    administrator = act(store, ADMINISTRATOR).actor
    assert await store.read(acts.visible, administrator, made.id) == made


async def test_a_change_is_checked_stored_and_logged(store: Store) -> None:
    """A change passes the same rules; the log holds the old and the new value of what changed."""
    made = await store.write(acts.create, act(store, OWNER), OWNER, DRAFT)
    with pytest.raises(Invalid):
        await store.write(
            acts.update, act(store, OWNER), made.id, Draft(name="", description="", quota="x")
        )
    draft = Draft(name=made.name, description=made.description, quota="Unlimited")
    before = await store.read(changes.newest)
    await store.write(acts.update, act(store, OWNER, NOW + 5), made.id, draft)
    found = await store.read(applications.find, made.id)
    assert found is not None
    assert (found.quota, found.updated_at, found.created_at) == ("Unlimited", NOW + 5, NOW)
    (event, *_) = await store.read(audit.of_object, "application", made.id)
    assert event.detail == {"quota": ["10PerMin", "Unlimited"]}
    (change,) = await store.read(changes.since, before)
    assert (change.kind, change.ref) == ("application", made.id)


async def test_deleting_takes_everything_along(store: Store) -> None:
    """Keys and subscriptions go with the application, and each key's tokens are revoked."""
    made = await store.write(acts.create, act(store, OWNER), OWNER, DRAFT)
    settings = KeySettings(redirect_uris=("http://localhost",))
    target = Target(application_id=made.id, environment="production")
    issued = await store.write(
        credentials.generate, act(store, OWNER), DIGEST_KEY, target, settings
    )
    await store.write(subscriptions.subscribe, act(store, OWNER), made.id, WEATHER.id, "Gold")
    with pytest.raises(Conflict, match="exactly"):
        await store.write(acts.delete, act(store, OWNER), made.id, "other")
    before = await store.read(changes.newest)
    await store.write(acts.delete, act(store, OWNER), made.id, "MyTestApp")
    assert await store.read(applications.find, made.id) is None
    assert await store.read(clients.find_by_client_id, issued.client.client_id) is None
    logged = {change.kind: change for change in await store.read(changes.since, before)}
    assert logged["revoke_client"].ref == issued.client.id
    assert logged["revoke_client"].stamp > issued.client.id
    assert logged["application"].ref == made.id


async def test_blocking_shuts_out_until_unblocked(store: Store) -> None:
    """An administrator or the operator blocks; the keys are inactive from then on."""
    made = await store.write(acts.create, act(store, OWNER), OWNER, DRAFT)
    settings = KeySettings(redirect_uris=("http://localhost",))
    target = Target(application_id=made.id, environment="sandbox")
    await store.write(credentials.generate, act(store, OWNER), DIGEST_KEY, target, settings)
    with pytest.raises(NotAllowed):
        await store.write(acts.block, act(store, OWNER), made.id)
    operator = Act(actor=command_line("root"), now=NOW, ids=store.ids)
    await store.write(acts.block, operator, made.id)
    (client,) = await store.read(clients.of_application, made.id)
    assert not client.active
    await store.write(acts.unblock, act(store, ADMINISTRATOR), made.id)
    (client,) = await store.read(clients.of_application, made.id)
    assert client.active


async def test_lists_are_searched_and_paged(store: Store) -> None:
    """A search finds words of name and description, in any case; pages go by name."""
    for number in range(5):
        draft = Draft(name=f"App {number}", description=f"the Ünit {number}", quota="10PerMin")
        await store.write(acts.create, act(store, OWNER), OWNER, draft)
    assert await store.read(applications.count, OWNER) == 5
    assert await store.read(applications.count, OTHER) == 0
    assert await store.read(applications.count, OWNER, "app 3") == 1
    assert await store.read(applications.count, OWNER, "nit 4") == 1
    assert await store.read(applications.count, OWNER, "100%_") == 0
    rows = await store.read(applications.summaries, OWNER, limit=2, offset=2)
    assert [row.application.name for row in rows] == ["App 2", "App 3"]
    names = [one.name for one in await store.read(applications.of_owner, OWNER)]
    assert names == [f"App {number}" for number in range(5)]
