"""What is refused, and how: the shapes VBC's clients read."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from gatelodge.demo.people import EXAMPLE, VONAGE
from gatelodge.storage import changes
from gatelodge.storage.engine import Store
from gatelodge.storage.errors import StoreUnavailable
from tests.provisioning.conftest import ROOT, Get


@pytest.mark.parametrize(
    "path",
    [
        f"/api/accounts/{EXAMPLE}",
        f"/api/accounts/{EXAMPLE}/users",
        "/api/accounts/1",
        "/api/accounts/SELF",
        "/api/accounts/571700.0",
        "/api/accounts/99999999999999999999",
        "/api/accounts/self/locations/201",
        "/api/accounts/self/locations/x",
        "/api/accounts/self/extensions/9999",
        "/api/accounts/self/extensions/abc57170103001",
        "/api/accounts/self/extensions/a b",
        "/api/accounts/self/extensions/\0",
        "/api/accounts/self/users/2001",
        "/api/accounts/self/users/jsmith",
        "/api/accounts/self/users/9223372036854775808",
    ],
)
async def test_what_is_not_the_callers_is_not_there(get: Get, path: str) -> None:
    """Another account's records and those that do not exist look the same: 404 {msg, status}."""
    answer = await get(path)
    assert answer.status == 404
    assert list(answer.json) == ["msg", "status"]
    assert answer.json["status"] == 404


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/api",
        "/api/accounts",
        "/api/accounts/",
        "/api/accounts/self/calls",
        "/api/accounts/self//1",
        "/api/accounts//users",
        "/api/accounts//users/1",
        "/api/accounts/self/users/1/x",
        "/v2/accounts/self",
    ],
)
async def test_a_path_there_is_not_is_not_found(get: Get, path: str) -> None:
    """Anything but the seven paths is 404."""
    answer = await get(path)
    assert answer.status == 404
    assert answer.json["msg"] == "No matching resource found for given API Request"


@pytest.mark.parametrize("account", [None, "", "x", "-1"])
async def test_a_caller_without_an_account_is_refused(get: Get, account: str | None) -> None:
    """A token that stands for no user gets 401, as VBC's Provisioning answers it."""
    answer = await get("/api/accounts/self", account=account)
    assert (answer.status, answer.json) == (401, {"msg": "missing user data", "status": 401})


async def test_every_bad_parameter_is_named(get: Get) -> None:
    """Bad parameters make one 400 that names each with its reason."""
    answer = await get("/api/accounts/self/extensions", "page_size=1001&page=0&location_id=x")
    assert answer.status == 400
    assert list(answer.json) == ["status", "title", "instance", "invalid_parameters"]
    assert answer.json["instance"] == f"{ROOT}/api/accounts/self/extensions"
    assert [list(problem) for problem in answer.json["invalid_parameters"]] == [
        ["name", "reason"]
    ] * 3
    assert [problem["name"] for problem in answer.json["invalid_parameters"]] == [
        "page_size",
        "page",
        "location_id",
    ]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_nothing_can_be_changed(get: Get, method: str) -> None:
    """Every method but GET and HEAD is 405, which says what is allowed."""
    answer = await get("/api/accounts/self", method=method)
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")


async def test_head_is_get_without_its_body(get: Get) -> None:
    """HEAD says how long the answer would be (RFC 9110 section 9.3.2)."""
    whole = await get("/api/accounts/self")
    head = await get("/api/accounts/self", method="HEAD")
    assert (head.status, head.headers, head.body) == (200, whole.headers, b"")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    path=st.lists(st.sampled_from(["", "api", "accounts", "self", "users", "1", "x\0", "ü"])),
    query=st.text(max_size=20),
)
async def test_no_request_breaks_the_server(get: Get, path: list[str], query: str) -> None:
    """Whatever is asked, the answer is one of those documented."""
    answer = await get("/" + "/".join(path), query.encode("utf-8", "replace").decode())
    assert answer.status in {200, 400, 404}


def rename(conn: Connection, account_id: int, ref: int) -> None:
    """Rename an account and log the change."""
    conn.execute(text("UPDATE accounts SET name = 'New' WHERE id = :id"), {"id": account_id})
    conn.execute(
        text("UPDATE locations SET name = 'New' WHERE account_id = :id"), {"id": account_id}
    )
    changes.append(conn, "directory", ref)


@pytest.mark.parametrize("ref", [VONAGE, 0])
async def test_a_change_shows_on_the_next_call(get: Get, store: Store, ref: int) -> None:
    """What is cached is forgotten when the directory changes, for one account or for all."""
    await get("/api/accounts/self")
    await get("/api/accounts/self/locations")
    await store.write(rename, VONAGE, ref)
    assert (await get("/api/accounts/self")).json["_embedded"]["account"]["name"] == "New"
    locations = (await get("/api/accounts/self/locations")).json["_embedded"]["locations"]
    assert {location["name"] for location in locations} == {"New"}


async def test_a_change_elsewhere_leaves_the_cache(get: Get, store: Store) -> None:
    """Changes of other kinds do not make the next call read the database."""
    before = await get("/api/accounts/self")
    await store.write(changes.append, "api", 0)
    assert (await get("/api/accounts/self")).json == before.json


async def test_an_account_that_is_gone_is_not_found(get: Get, store: Store) -> None:
    """A token that outlives its account finds nothing."""

    def remove(conn: Connection) -> None:
        conn.execute(text("DELETE FROM accounts WHERE id = :id"), {"id": EXAMPLE})
        changes.append(conn, "directory", EXAMPLE)

    await store.write(remove)
    assert (await get("/api/accounts/self", account=EXAMPLE)).status == 404
    assert (await get("/api/accounts/self/users", account=EXAMPLE)).json["total_items"] == 0


async def test_a_database_that_is_away_is_said(
    get: Get, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read that fails is 503 with Retry-After, never 500."""

    async def away(*_arguments: object) -> None:
        raise StoreUnavailable("gone")

    monkeypatch.setattr(store, "read", away)
    answer = await get("/api/accounts/self/users")
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
