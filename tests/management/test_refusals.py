"""Who is refused, and how: problem details with a stable code, a field's name, a request's id."""

from typing import Any

import httpx2
import msgspec
import pytest
from structlog.testing import capture_logs

from gatelodge.catalog.errors import Conflict
from gatelodge.management import problems
from gatelodge.storage import developers, personal_tokens
from gatelodge.storage.errors import StoreUnavailable
from gatelodge.web.http import Message, Request
from tests.management.conftest import Site, application, keys
from tests.operations.conftest import NOW, OWNER


def problem(answer: httpx2.Response, status: int, code: str) -> Any:
    """Return the problem an answer is."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    found = answer.json()
    assert (found["status"], found["code"]) == (status, code)
    assert found["type"] == f"urn:gatelodge:problem:{code}"
    return found


async def test_who_proves_nothing(site: Site, owner: str) -> None:
    """No credentials, other credentials, or wrong ones: 401 with a challenge, and no act."""
    for header in ("", "Basic eDp5", f"Token {owner}"):
        answer = await site.http.get("/api/v1/me", headers={"authorization": header})
        problem(answer, 401, "unauthenticated")
        assert answer.headers["www-authenticate"] == 'Bearer realm="gatelodge management"'
    for text in ("", "glpt_x", "\u00e9", owner[:-1], owner.replace("glpt", "glat"), owner + owner):
        sent = {b"authorization": f"Bearer {text}".encode("latin-1")}
        answer = await site.http.get("/api/v1/me", headers=sent)
        problem(answer, 401, "unauthenticated")
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]
        assert text == "" or text not in answer.text
    (stored,) = await site.store.read(personal_tokens.of_developer, OWNER)
    site.time.now = stored.expires_at
    problem(await site.call("GET", "/me", owner), 401, "unauthenticated")


async def test_a_disabled_developer(site: Site, owner: str) -> None:
    """Who was disabled is refused from the next request on."""
    person = await site.store.read(developers.find, OWNER)
    assert person is not None
    await site.store.write(developers.replace, msgspec.structs.replace(person, state="disabled"))
    problem(await site.call("GET", "/me", owner), 401, "unauthenticated")


async def test_every_operation_needs_its_scope(site: Site) -> None:
    """One that may do everything else is refused, and told which scope it lacks."""
    for operation in site.api.operations:
        if operation.scope is None:
            continue
        area, _, right = operation.scope.partition(":")
        rest = {"keys:read", "keys:write", "applications:read", "applications:write"}
        rest |= {"subscriptions:read", "subscriptions:write", "apis:read", "audit:read"}
        rest -= {f"{area}:write"} | ({operation.scope} if right == "read" else set())
        text = await site.personal(OWNER, frozenset(rest))
        path = operation.path.replace("{environment}", "production").replace("}", "")
        answer = await site.call(operation.method, path.replace("{", ""), text, json={})
        problem(answer, 403, "scope-missing")
        assert f'scope="{operation.scope}"' in answer.headers["www-authenticate"]


async def test_foreign_things_are_not_there(site: Site, owner: str, other: str) -> None:
    """Everything below another developer's application answers as if it did not exist."""
    path = await application(site, owner)
    made = await keys(site, owner, path)
    (secret,) = (await site.call("GET", f"{path}/keys/production/secrets", owner)).json()["items"]
    wanted = {"api_id": "10", "plan": "Gold"}
    subscription = await site.call("POST", f"{path}/subscriptions", owner, json=wanted)
    before = (await site.call("GET", f"{path}/audit", owner)).json()
    bodies = {"NewKeys": {"environment": "sandbox"}, "NewSubscription": wanted}
    bodies |= {"SubscriptionChange": {"plan": "Gold"}}
    names = {
        "{application_id}": path.rpartition("/")[2],
        "{environment}": "production",
        "{secret_id}": secret["id"],
        "{subscription_id}": subscription.json()["id"],
    }
    tried = 0
    for operation in site.api.operations:
        if "{application_id}" not in operation.path:
            continue
        place = operation.path
        for name, value in names.items():
            place = place.replace(name, value)
        body = bodies.get(operation.body.__name__, {}) if operation.body else None
        answer = await site.call(
            operation.method, place, other, json=body, headers={"if-match": "*"}
        )
        problem(answer, 404, "not-found")
        tried += 1
    assert tried > 15
    assert (await site.call("GET", f"{path}/audit", owner)).json() == before
    assert (await site.call("GET", f"{path}/keys/production", owner)).json() == made.json()["key"]
    assert (await site.call("GET", "/applications", other)).json()["items"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "x", "colour": "red"}, "colour"),
        ({"description": "x"}, "name"),
        ({"name": 5}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x", "quota": "Plenty"}, "quota"),
        ([], "body"),
    ],
)
async def test_wrong_fields_are_named(site: Site, owner: str, body: object, field: str) -> None:
    """A field that is unknown, missing, of another kind or refused by a rule is named."""
    answer = await site.call("POST", "/applications", owner, json=body)
    found = problem(answer, 422, "invalid")
    assert [error["field"] for error in found["errors"]] == [field]


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"{", 400, "bad-request"),
        (b"", 400, "bad-request"),
        (b'{"name": "\xff"}', 400, "bad-request"),
        (b"[" * 60_000, 422, "invalid"),
        (b" " * 70_000, 413, "too-large"),
    ],
)
async def test_unreadable_bodies(
    site: Site, owner: str, content: bytes, status: int, code: str
) -> None:
    """What is no JSON, or too much of it, is refused before anything is done."""
    headers = {"content-type": "application/json"}
    answer = await site.call("POST", "/applications", owner, content=content, headers=headers)
    problem(answer, status, code)


async def test_requests_of_another_kind(site: Site, owner: str) -> None:
    """Other media types, methods, paths, parameters and identifiers have their own answers."""
    form = await site.call("POST", "/applications", owner, data={"name": "x"})
    problem(form, 415, "not-json")
    method = await site.call("PUT", "/applications", owner)
    problem(method, 405, "method-not-allowed")
    assert method.headers["allow"] == "GET, HEAD, POST"
    problem(await site.call("POST", "/openapi.json", owner), 405, "method-not-allowed")
    for path in ("/nothing", "", "/applications/", "/applications//keys", "/applications/x"):
        problem(await site.call("GET", path, owner), 404, "not-found")
    problem(await site.call("GET", f"/applications/{'9' * 30}", owner), 404, "not-found")
    found = problem(await site.call("GET", "/me?verbose=1", owner), 422, "invalid")
    assert found["errors"][0]["field"] == "verbose"
    for query in ("?limit=1&limit=2", "?search=%ff", "?search=%00"):
        problem(await site.call("GET", f"/applications{query}", owner), 400, "bad-request")


async def test_a_weak_tag_never_matches(site: Site, owner: str) -> None:
    """A change needs the strong tag of the version that is there."""
    path = await application(site, owner)
    tag = (await site.call("GET", path, owner)).headers["etag"]
    for sent in (f"W/{tag}", '""', "x", "", '"x", "y"'):
        refused = await site.call("DELETE", path, owner, headers={"if-match": sent})
        problem(refused, 412, "changed-meanwhile")


async def nothing() -> Message:
    """Stand where a body would come from."""
    raise AssertionError("nothing is read")


def test_what_nobody_has_thought_of() -> None:
    """The unexpected, and a store that is away, say nothing of themselves; rules do."""
    request = Request({"state": {"request_id": "abc"}, "headers": []}, nothing)
    for error, status, told in (
        (RuntimeError("glcs_secret"), 500, "error"),
        (StoreUnavailable("where"), 503, "warning"),
    ):
        with capture_logs() as logged:
            reply = problems.reply_for(error, request)
        # A traceback is for faults of ours: a database that is away fails every request alike.
        assert [(line["log_level"], "exc_info" in line) for line in logged] == [
            (told, told == "error")
        ]
        assert reply.status == status
        assert str(error).encode() not in reply.body
        assert b'"request_id":"abc"' in reply.body
    assert b"Because." in problems.reply_for(Conflict("Because."), request).body


async def test_the_last_use_is_noted(site: Site, owner: str) -> None:
    """A use is noted without a write of its own, and written with all others."""
    await site.call("GET", "/me", owner)
    (stored,) = await site.store.read(personal_tokens.of_developer, OWNER)
    assert stored.last_used_at is None
    await site.uses.flush()
    (stored,) = await site.store.read(personal_tokens.of_developer, OWNER)
    assert stored.last_used_at == NOW
