"""APIs are published, brought up to date, deprecated and retired, each act with its traces."""

import json
from typing import Any

import pytest

from gatelodge.catalog.errors import Conflict, Invalid, NoSuch, NotAllowed
from gatelodge.operations import apis as acts
from gatelodge.operations import openapi_document
from gatelodge.operations.actor import Act, command_line
from gatelodge.operations.apis import Offer, Published
from gatelodge.operations.openapi_document import Document
from gatelodge.storage import apis, audit, changes
from gatelodge.storage.engine import Store
from tests.operations.conftest import NOW, OWNER, WEATHER, act


def tides(version: str = "v1", path: str = "/today", **info: Any) -> Document:
    """Return a document of the API Tides with one operation."""
    operation = {"summary": path, "responses": {"200": {"description": "Fine"}}}
    value = {
        "openapi": "3.1.0",
        "info": {"title": "Tides", "version": version, **info},
        "paths": {path: {"get": operation}},
    }
    return openapi_document.read(json.dumps(value).encode())


def operator(store: Store) -> Act:
    """Return an act of the operator."""
    return Act(actor=command_line("root"), now=NOW, ids=store.ids)


async def publish(store: Store, document: Document, **more: Any) -> Published:
    """Publish a document at /tides."""
    values = {"context": "/tides", "upstream": "http://127.0.0.1:9000", **more}
    return await store.write(acts.publish, operator(store), document, Offer(**values))


async def test_an_api_is_published(store: Store) -> None:
    """It is stored with its document, under the default plan, as its context's default version."""
    before = await store.read(changes.newest)
    done = await publish(store, tides(description="High and low."))
    assert done.new
    api = done.api
    assert (api.name, api.version, api.context) == ("Tides", "v1", "/tides")
    assert (api.state, api.default_version, api.plans) == ("published", True, ("Standard",))
    assert api.description == "High and low."
    assert await store.read(apis.find_version, "/tides", "v1") == api
    text = await store.read(apis.document, api.id)
    assert text is not None
    assert json.loads(text)["info"]["title"] == "Tides"
    logged = await store.read(changes.since, before)
    assert {(change.kind, change.ref) for change in logged} == {("api", api.id)}
    (event,) = await store.read(audit.of_object, "api", api.id)
    assert (event.act, event.detail) == ("api.publish", {"api": "Tides v1"})


async def test_publishing_again_replaces_what_is_given(store: Store) -> None:
    """Description, operations and given values change; identity and the rest stay."""
    first = await publish(store, tides(), sandbox_upstream="http://127.0.0.1:9001", plans=("Gold",))
    again = await publish(
        store, tides(path="/tomorrow"), context="tides/", upstream=None, plans=("Bronze", "Gold")
    )
    assert not again.new
    assert again.api.id == first.api.id
    assert [operation.path for operation in again.api.operations] == ["/tomorrow"]
    assert again.api.production_upstream == "http://127.0.0.1:9000"
    assert again.api.sandbox_upstream == "http://127.0.0.1:9001"
    assert again.api.plans == ("Bronze", "Gold")
    third = await publish(store, tides(), sandbox_upstream="")
    assert third.api.sandbox_upstream is None
    assert await store.read(apis.find, first.api.id) == third.api


async def test_one_version_is_the_default(store: Store) -> None:
    """The first one, until another is chosen, or until it is retired and another comes."""
    one = (await publish(store, tides("v1"))).api
    two = (await publish(store, tides("v2"))).api
    assert (one.default_version, two.default_version) == (True, False)
    three = (await publish(store, tides("v3"), default_version=True)).api
    found = {a.version: a for a in await store.read(apis.all) if a.context == "/tides"}
    assert [v for v, a in found.items() if a.default_version] == ["v3"]
    await store.write(acts.make_default, operator(store), two.id)
    found = {a.version: a for a in await store.read(apis.all) if a.context == "/tides"}
    assert [v for v, a in found.items() if a.default_version] == ["v2"]
    await store.write(acts.deprecate, operator(store), two.id)
    await store.write(acts.retire, operator(store), two.id)
    assert (await publish(store, tides("v4"))).api.default_version
    assert three.version == "v3"


async def test_what_cannot_be_published(store: Store) -> None:
    """Wrong values, a taken context or name, and a version that was retired are refused."""
    with pytest.raises(Invalid, match="There is no plan None such"):
        await publish(store, tides(), plans=("None such",))
    with pytest.raises(Invalid, match="Say where the API runs"):
        await publish(store, tides(), upstream=None)
    with pytest.raises(Conflict, match="belongs to Weather"):
        await publish(store, tides(), context="/weather")
    await publish(store, tides())
    with pytest.raises(Conflict, match="offered at /tides already"):
        await publish(store, tides("v2"), context="/sea")
    api = (await publish(store, tides("v2"), version="2026")).api
    assert api.version == "2026"
    await store.write(acts.deprecate, operator(store), api.id)
    await store.write(acts.retire, operator(store), api.id)
    with pytest.raises(Conflict, match="retired"):
        await publish(store, tides(), version="2026")


async def test_a_deprecated_api_keeps_its_subscribers(store: Store) -> None:
    """Deprecating and retiring change the state alone, in order."""
    with pytest.raises(Conflict, match="Only a deprecated version"):
        await store.write(acts.retire, operator(store), WEATHER.id)
    after = await store.write(acts.deprecate, operator(store), WEATHER.id)
    assert after.state == "deprecated"
    after = await store.write(acts.retire, operator(store), WEATHER.id)
    assert after.state == "retired"
    found = await store.read(audit.of_object, "api", WEATHER.id)
    assert {event.act for event in found} == {"api.deprecate", "api.retire"}
    with pytest.raises(NoSuch):
        await store.write(acts.deprecate, operator(store), 99)


async def test_publishing_needs_a_publisher(store: Store) -> None:
    """A developer without the role can do none of it."""
    developer = act(store, OWNER)
    with pytest.raises(NotAllowed):
        await store.write(acts.publish, developer, tides(), Offer(context="/tides"))
    for each in (acts.deprecate, acts.retire, acts.make_default):
        with pytest.raises(NotAllowed):
            await store.write(each, developer, WEATHER.id)
