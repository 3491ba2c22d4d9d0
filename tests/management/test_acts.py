"""What the portal's forms do, as JSON: the same acts, the same rules, the same activity log."""

from gatelodge.storage import clients
from tests.management.conftest import Site, application, keys
from tests.operations.conftest import WEATHER


async def test_an_application_from_its_start_to_its_end(site: Site, owner: str) -> None:
    """It is added, shown, changed and deleted; each version has its own strong tag."""
    made = await site.call("POST", "/applications", owner, json={"name": "One", "description": "d"})
    assert made.status_code == 201
    path = made.headers["location"].removeprefix("/api/v1")
    shown = await site.call("GET", path, owner)
    assert shown.json() == made.json()
    assert shown.json()["created_at"] == "2027-01-15T08:00:00Z"
    assert shown.headers["etag"] == made.headers["etag"]
    assert shown.headers["etag"].startswith('"')
    known = await site.call("GET", path, owner, headers={"if-none-match": shown.headers["etag"]})
    assert known.status_code == 304
    match = {"if-match": made.headers["etag"]}
    changed = await site.call("PATCH", path, owner, json={"name": "Two"}, headers=match)
    assert changed.status_code == 200
    assert (changed.json()["name"], changed.json()["description"]) == ("Two", "d")
    late = await site.call("PATCH", path, owner, json={"name": "Three"}, headers=match)
    assert (late.status_code, late.json()["code"]) == (412, "changed-meanwhile")
    assert (await site.call("GET", path, owner)).headers["etag"] == changed.headers["etag"]
    log = (await site.call("GET", f"{path}/audit", owner)).json()["items"]
    assert [event["act"] for event in log] == ["application.update", "application.create"]
    assert log[0]["detail"]["personal_access_token"] == "Test"
    assert (log[0]["before"], log[0]["after"]) == ({"name": "One"}, {"name": "Two"})
    assert (log[1]["before"], log[1]["after"]["name"]) == (None, "One")
    late = await site.call("DELETE", path, owner, headers=match)
    assert late.status_code == 412
    match = {"if-match": f'"x", {changed.headers["etag"]}'}
    gone = await site.call("DELETE", path, owner, headers=match)
    assert (gone.status_code, gone.content) == (204, b"")
    assert (await site.call("GET", path, owner)).status_code == 404


async def test_keys_and_secrets(site: Site, owner: str) -> None:
    """A secret is in the answer that made it and nowhere else, and that answer is not stored."""
    path = await application(site, owner)
    made = await keys(site, owner, path, redirect_uris=[])
    assert made.status_code == 201, made.text
    assert made.headers["cache-control"] == "no-store"
    secret = made.json()["consumer_secret"]
    assert secret.startswith("glcs_")
    key = made.headers["location"].removeprefix("/api/v1")
    shown = await site.call("GET", key, owner)
    assert shown.json() == made.json()["key"]
    assert shown.headers["etag"] == made.headers["etag"]
    assert shown.json()["grant_types"] == ["client_credentials"]
    again = await site.call("POST", f"{key}/secrets", owner, json={"name": "new"})
    assert again.status_code == 201
    second = again.json()["consumer_secret"]
    listed = await site.call("GET", f"{key}/secrets", owner)
    assert [one["name"] for one in listed.json()["items"]] == ["new", ""]
    everything = [await site.call("GET", place, owner) for place in (key, f"{path}/keys")]
    for answer in (*everything, listed, await site.call("GET", f"{path}/audit", owner)):
        assert secret not in answer.text
        assert second not in answer.text
    old = listed.json()["items"][1]["id"]
    assert (await site.call("DELETE", f"{key}/secrets/{old}", owner)).status_code == 204
    newest = listed.json()["items"][0]["id"]
    last = await site.call("DELETE", f"{key}/secrets/{newest}", owner)
    assert (last.status_code, last.json()["code"]) == (409, "conflict")


async def test_changing_and_deleting_keys(site: Site, owner: str) -> None:
    """What is left out stays; a second key for the environment is refused until it is deleted."""
    path = await application(site, owner)
    made = await keys(site, owner, path)
    key, match = f"{path}/keys/production", {"if-match": made.headers["etag"]}
    change = {"access_token_lifetime": 600}
    changed = await site.call("PATCH", key, owner, json=change, headers=match)
    assert changed.json() == made.json()["key"] | change
    wrong = await site.call("PATCH", key, owner, json={"type": "public"}, headers={"if-match": "*"})
    assert wrong.json()["errors"][0]["field"] == "type"
    low = {"access_token_lifetime": 1}
    wrong = await site.call("PATCH", key, owner, json=low, headers={"if-match": "*"})
    assert wrong.json()["errors"][0]["field"] == "access_token_lifetime"
    assert (await keys(site, owner, path)).status_code == 409
    assert (await site.call("DELETE", key, owner)).status_code == 428
    gone = await site.call("DELETE", key, owner, headers={"if-match": changed.headers["etag"]})
    assert gone.status_code == 204
    assert (await site.call("GET", key, owner)).status_code == 404
    application_id = int(path.rpartition("/")[2])
    assert await site.store.read(clients.of_application, application_id) == []


async def test_subscriptions(site: Site, owner: str) -> None:
    """An application subscribes, changes its plan and leaves."""
    path = await application(site, owner)
    wanted = {"api_id": str(WEATHER.id), "plan": "Standard"}
    made = await site.call("POST", f"{path}/subscriptions", owner, json=wanted)
    assert made.status_code == 201, made.text
    place = made.headers["location"].removeprefix("/api/v1")
    shown = await site.call("GET", place, owner)
    assert shown.json() == made.json()
    assert (shown.json()["plan"], shown.json()["state"]) == ("Standard", "active")
    match = {"if-match": shown.headers["etag"]}
    changed = await site.call("PATCH", place, owner, json={"plan": "Gold"}, headers=match)
    assert changed.json()["plan"] == "Gold"
    twice = await site.call("POST", f"{path}/subscriptions", owner, json=wanted)
    assert twice.status_code == 409
    listed = await site.call("GET", f"{path}/subscriptions", owner)
    assert listed.json() == {"items": [changed.json()], "next_cursor": None}
    # The same subscription is not there below another application of the same developer.
    other = await application(site, owner, "Other")
    wrong = place.replace(path, other)
    assert (await site.call("GET", wrong, owner)).status_code == 404
    gone = await site.call("DELETE", place, owner, headers={"if-match": changed.headers["etag"]})
    assert gone.status_code == 204
    assert (await site.call("GET", place, owner)).status_code == 404
    for api_id, status in (("x", 404), ("11", 404), ("9" * 40, 404)):
        refused = await site.call(
            "POST", f"{path}/subscriptions", owner, json=wanted | {"api_id": api_id}
        )
        assert refused.status_code == status


async def test_test_tokens(site: Site, owner: str) -> None:
    """A test token is issued where the keys may ask for themselves, and written down."""
    path = await application(site, owner)
    place = f"{path}/keys/production/test-tokens"
    assert (await site.call("POST", place, owner, json={})).status_code == 404
    made = await keys(site, owner, path)
    issued = await site.call("POST", place, owner, json={"scope": "unknown"})
    assert issued.json()["access_token"] == f"minted-for-{made.json()['key']['consumer_key']}"
    assert issued.json()["scope"] == ""
    assert issued.headers["cache-control"] == "no-store"
    log = (await site.call("GET", f"{path}/audit", owner)).json()["items"]
    assert log[0]["act"] == "keys.test-token"
    change = {"grant_types": ["password"]}
    key = f"{path}/keys/production"
    await site.call("PATCH", key, owner, json=change, headers={"if-match": "*"})
    assert (await site.call("POST", place, owner, json={})).status_code == 409


async def test_what_there_is_to_subscribe_to(site: Site, owner: str) -> None:
    """The directory, plans and quotas are listed; nothing of what lies behind the gateway is."""
    listed = await site.call("GET", "/apis", owner)
    (api,) = listed.json()["items"]
    assert (api["id"], api["plans"]) == ("10", ["Standard", "Gold"])
    assert "127.0.0.1" not in listed.text
    assert (await site.call("GET", "/apis/10", owner)).json() == api
    assert (await site.call("GET", "/apis?search=nothing", owner)).json()["items"] == []
    assert (await site.call("GET", "/apis/10/openapi.json", owner)).json() == {}
    assert (await site.call("GET", "/apis/11", owner)).status_code == 404
    plans = (await site.call("GET", "/plans", owner)).json()["items"]
    assert [plan["name"] for plan in plans][:2] == ["Standard", "Bronze"]
    quotas = (await site.call("GET", "/quotas", owner)).json()["items"]
    assert [quota["limit"] for quota in quotas] == [10, 20, 50, None]


async def test_the_account(site: Site, owner: str) -> None:
    """Who calls learns who they are, what they may do, and what was done to their account."""
    me = (await site.call("GET", "/me", owner)).json()
    assert (me["id"], me["email"]) == ("1", "dev@example.com")
    assert me["personal_access_token"]["name"] == "Test"
    assert owner not in str(me)
    log = (await site.call("GET", "/audit", owner)).json()["items"]
    assert [event["act"] for event in log] == ["personal-token.make"]
