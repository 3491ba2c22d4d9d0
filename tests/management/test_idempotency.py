"""``Idempotency-Key``: done once, answered again, the secret in it kept sealed."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from gatelodge.management.idempotency import LAPSE, LIFETIME
from gatelodge.storage import applications, expired, idempotent_answers, personal_tokens
from gatelodge.storage.connections import Connection
from gatelodge.storage.personal_schema import idempotent_answers as table
from tests.management.conftest import Site, application, keys
from tests.operations.conftest import NOW, OWNER

KEY = {"idempotency-key": "3f0c"}


async def add(site: Site, text: str, name: str = "Mine", **more: Any) -> Any:
    """Add an application with the key."""
    body = {"name": name}
    return await site.call("POST", "/applications", text, json=body, headers=KEY | more)


async def count(site: Site) -> int:
    """Return how many applications the developer has."""
    return await site.store.read(applications.count, OWNER)


def rows(conn: Connection) -> list[Any]:
    """Return what is stored."""
    return list(conn.execute(select(table)).mappings())


async def test_a_repeat_gets_the_first_answer(site: Site, owner: str, other: str) -> None:
    """The same request with the same key does nothing more and is answered alike."""
    first = await add(site, owner)
    again = await add(site, owner)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    for name in ("etag", "location", "cache-control", "content-type"):
        assert again.headers[name] == first.headers[name]
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert await count(site) == 1
    # Another developer's key of the same name is another key.
    assert (await add(site, other)).json()["id"] != first.json()["id"]


async def test_a_key_belongs_to_one_request(site: Site, owner: str) -> None:
    """Another body or another path under the same key is refused."""
    path = (await add(site, owner)).headers["location"].removeprefix("/api/v1")
    answer = await add(site, owner, "Other")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-reused")
    answer = await site.call("POST", f"{path}/keys", owner, json={"environment": "x"}, headers=KEY)
    assert answer.json()["code"] == "idempotency-key-reused"
    assert await count(site) == 1


async def test_a_secret_is_repeated_and_stored_nowhere(site: Site, owner: str) -> None:
    """The repeat has the secret again; the database has it in no form that can be read."""
    path = await application(site, owner)
    body = {"environment": "production", "grant_types": ["client_credentials"]}
    both = [
        await site.call("POST", f"{path}/keys", owner, json=body, headers=KEY) for _ in range(2)
    ]
    secret = both[0].json()["consumer_secret"]
    assert both[1].json()["consumer_secret"] == secret
    (row,) = await site.store.read(rows)
    assert secret.encode() not in row["sealed"]
    assert KEY["idempotency-key"].encode() not in row["key"]


async def test_many_at_once(site: Site, owner: str) -> None:
    """Of many that come at once one does the work; the others get its answer or have to wait."""
    found = await asyncio.gather(*(add(site, owner) for _ in range(12)))
    codes = [answer.status_code for answer in found]
    assert set(codes) <= {201, 409}
    assert 201 in codes
    assert await count(site) == 1


async def test_while_the_first_is_at_work(site: Site, owner: str) -> None:
    """A claim without an answer keeps others away for a while, then lapses."""
    path = await application(site, owner)
    await keys(site, owner, path)
    place = f"{path}/keys/production/test-tokens"
    started, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        started.set()
        await go_on.wait()

    site.minting.before = slow
    first = asyncio.create_task(site.call("POST", place, owner, json={}, headers=KEY))
    await started.wait()
    waiting = await site.call("POST", place, owner, json={}, headers=KEY)
    assert (waiting.status_code, waiting.json()["code"]) == (409, "idempotency-in-progress")
    assert waiting.headers["retry-after"] == "1"
    site.minting.before = None
    site.time.now += LAPSE
    taken = await site.call("POST", place, owner, json={}, headers=KEY)
    assert taken.status_code == 200
    go_on.set()
    # Whose claim has lapsed does nothing any more: what it would have done is undone.
    assert (await first).status_code == 409
    log = (await site.call("GET", f"{path}/audit", owner)).json()["items"]
    assert [event["act"] for event in log].count("keys.test-token") == 1


async def test_a_refusal_gives_the_key_back(site: Site, owner: str) -> None:
    """What was refused may be sent again under the same key, corrected."""
    for body in ({"name": ""}, {"name": "x", "quota": "y"}):
        answer = await site.call("POST", "/applications", owner, json=body, headers=KEY)
        assert answer.json()["code"] == "invalid"
    assert (await add(site, owner)).status_code == 201
    place = "/applications/1/keys/production/test-tokens"
    other = {"idempotency-key": "other"}
    for _ in range(2):
        answer = await site.call("POST", place, owner, json={}, headers=other)
        assert answer.status_code == 404


@pytest.mark.parametrize("key", [b"", b"x" * 256, b"\xe9", b"a\tb"])
async def test_unusable_keys(site: Site, owner: str, key: bytes) -> None:
    """A key is 1 to 255 printable ASCII characters."""
    headers = {b"authorization": f"Bearer {owner}".encode(), b"idempotency-key": key}
    answer = await site.http.post("/api/v1/applications", headers=headers, json={"name": "x"})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")
    assert await count(site) == 0


async def test_after_a_day_it_is_forgotten(site: Site, owner: str) -> None:
    """An answer can be asked for for a day; then the row goes, and the key is free."""
    await add(site, owner)
    await site.store.write(expired.forget, NOW + LIFETIME - 1)
    assert len(await site.store.read(rows)) == 1
    await site.store.write(idempotent_answers.forget, NOW + LIFETIME)
    assert await site.store.read(rows) == []
    assert (await add(site, owner, "Other")).status_code == 201
    site.time.now += LIFETIME
    assert (await add(site, owner, "Later")).status_code == 201


async def test_revoking_takes_the_answers_along(site: Site, owner: str) -> None:
    """Answers go with the personal access token they were given to."""
    await add(site, owner)
    (row,) = await site.store.read(rows)
    await site.store.write(personal_tokens.remove, row["holder"])
    assert await site.store.read(rows) == []
