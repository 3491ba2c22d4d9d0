"""The seven operations, field by field, as VBC's clients know them."""

from typing import Any

import pytest

from gatelodge.demo.people import EXAMPLE, VONAGE
from tests.provisioning.conftest import BASE, ROOT, Get

ACCOUNT = f"{BASE}{ROOT}/api/accounts/{VONAGE}"


def pairs(value: Any) -> list[str]:
    """Return an object's names in order."""
    return list(value)


async def test_an_account_has_its_fields_in_order(get: Get) -> None:
    """GET account embeds ``account`` and links to itself."""
    answer = await get("/api/accounts/self")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert pairs(answer.json) == ["_links", "_embedded"]
    assert answer.json["_links"] == {"self": {"href": ACCOUNT}}
    account = answer.json["_embedded"]["account"]
    assert pairs(account) == ["id", "name", "status", "address"]
    assert (account["id"], account["name"], account["status"]) == (571700, "Vonage", "ACTIVE")
    assert pairs(account["address"]) == [
        "address_1",
        "address_2",
        "country",
        "state",
        "city",
        "postal_code",
    ]


async def test_the_accounts_number_is_as_good_as_self(get: Get) -> None:
    """The caller's own account may be named by its id."""
    by_id = await get(f"/api/accounts/{VONAGE}")
    assert by_id.json == (await get("/api/accounts/self")).json


async def test_locations_come_all_at_once(get: Get) -> None:
    """The locations list has no pages, and its addresses have a time zone."""
    answer = await get("/api/accounts/self/locations")
    assert pairs(answer.json) == ["_links", "_embedded"]
    assert answer.json["_links"] == {"self": {"href": f"{ACCOUNT}/locations"}}
    locations = answer.json["_embedded"]["locations"]
    assert [location["id"] for location in locations] == [101, 102, 103]
    assert pairs(locations[0]) == ["id", "name", "address"]
    assert pairs(locations[0]["address"])[-1] == "time_zone"
    assert locations[1]["address"]["address_2"] is None


async def test_a_location_is_found_by_its_id(get: Get) -> None:
    """GET location embeds ``location``."""
    answer = await get("/api/accounts/self/locations/102")
    assert answer.json["_links"]["self"]["href"] == f"{ACCOUNT}/locations/102"
    assert answer.json["_embedded"]["location"]["name"] == "Austin"


async def test_extensions_come_in_pages(get: Get) -> None:
    """Without a query the first 100 of 300 come, with links to the other pages."""
    answer = await get("/api/accounts/self/extensions")
    body = answer.json
    assert pairs(body) == [
        "page_size",
        "page",
        "total_pages",
        "total_items",
        "_links",
        "_embedded",
    ]
    assert [body[name] for name in pairs(body)[:4]] == [100, 1, 3, 300]
    assert pairs(body["_links"]) == ["first", "self", "last", "next"]
    assert body["_links"]["next"]["href"] == f"{ACCOUNT}/extensions?page_size=100&page=2"
    assert len(body["_embedded"]["extensions"]) == 100


async def test_an_extension_has_its_fields_in_order(get: Get) -> None:
    """Numbers that are dialled are text, ids are numbers, dids are objects."""
    first = (await get("/api/accounts/self/extensions")).json["_embedded"]["extensions"][0]
    assert pairs(first) == [
        "extension_number",
        "user",
        "location_id",
        "vtt_enabled",
        "dnd_enabled",
        "caller_id",
        "external_id",
        "block_caller_id",
        "dids",
        "extension_handsets",
    ]
    assert first["extension_number"] == "2001"
    assert first["location_id"] == 101
    assert pairs(first["user"]) == ["id", "email", "login_name", "first_name", "last_name"]
    assert (first["user"]["id"], first["user"]["login_name"]) == (1001, "jsmith")
    assert pairs(first["dids"][0]) == ["phone_number", "custom_tag"]
    assert pairs(first["extension_handsets"][0]) == ["handset_name", "sip_id"]


async def test_an_extension_of_nobody_has_no_user(get: Get) -> None:
    """``user`` is left out, not null, where the extension belongs to nobody."""
    sixth = (await get("/api/accounts/self/extensions")).json["_embedded"]["extensions"][5]
    assert "user" not in sixth


@pytest.mark.parametrize("name", ["2001", "abc57170002001"])
async def test_an_extension_is_found_by_number_or_external_id(get: Get, name: str) -> None:
    """Both names lead to the same extension, whose service type is told here only."""
    answer = await get(f"/api/accounts/self/extensions/{name}")
    extension = answer.json["_embedded"]["extension"]
    assert extension["extension_number"] == "2001"
    assert pairs(extension)[-1] == "service_type_name"
    assert extension["service_type_name"] == "UX"
    assert answer.json["_links"]["self"]["href"] == f"{ACCOUNT}/extensions/{name}"


async def test_users_come_in_pages(get: Get) -> None:
    """The page asked for comes, with all five links where it stands between others."""
    body = (await get("/api/accounts/self/users", "page_size=50&page=2")).json
    assert [body[name] for name in ("page_size", "page", "total_pages", "total_items")] == [
        50,
        2,
        5,
        250,
    ]
    assert pairs(body["_links"]) == ["first", "self", "last", "prev", "next"]
    assert [user["id"] for user in body["_embedded"]["users"]] == list(range(1051, 1101))


async def test_a_user_has_its_fields_in_order(get: Get) -> None:
    """A user's id is a number, contact numbers may be null, extensions name their dids."""
    answer = await get("/api/accounts/self/users/1001")
    user = answer.json["_embedded"]["user"]
    assert pairs(user) == [
        "email",
        "login_name",
        "first_name",
        "last_name",
        "id",
        "contact_numbers",
        "extensions",
    ]
    assert user["id"] == 1001
    assert [number["type"] for number in user["contact_numbers"]] == ["Mobile", "Home", "Fax"]
    assert user["contact_numbers"][2] == {"type": "Fax", "value": None}
    assert pairs(user["extensions"][0]) == ["dids", "extension_number"]
    assert user["extensions"][0]["extension_number"] == "2001"


async def test_a_small_account_fits_one_page(get: Get) -> None:
    """A single page has no neighbours and shows its own account only."""
    body = (await get("/api/accounts/self/extensions", account=EXAMPLE)).json
    assert pairs(body["_links"]) == ["first", "self", "last"]
    assert (body["total_pages"], body["total_items"]) == (1, 7)
    assert all(e["external_id"].startswith("abc571701") for e in body["_embedded"]["extensions"])


@pytest.mark.parametrize(
    ("collection", "query", "found"),
    [
        ("extensions", "location_id=101&page_size=1", 100),
        ("extensions", "location_id=201", 0),
        ("extensions", "phone_number=%2B1%20(212)%20555-0100", 1),
        ("extensions", "phone_number=19995550100", 0),
        ("extensions", "login_name=JSMITH", 1),
        ("extensions", "email=JSmith@Example.com", 1),
        ("extensions", "login_name=jsmith&email=other@example.com", 0),
        ("extensions", "email=jsmith@example.com&location_id=102", 0),
        ("extensions", "login_name=ajones", 0),
        ("users", "login_name=JSmith", 1),
        ("users", "email=jsmith@EXAMPLE.com", 1),
        ("users", "first_name=john", 10),
        ("users", "last_name=SMITH", 10),
        ("users", "first_name=John&last_name=Smith", 1),
        ("users", "login_name=ajones", 0),
        ("users", "login_name=%25", 0),
        ("users", "unknown=1&unknown=2", 250),
    ],
)
async def test_lists_can_be_narrowed(get: Get, collection: str, query: str, found: int) -> None:
    """Filters work together, in either case, and only within the account."""
    answer = await get(f"/api/accounts/self/{collection}", query)
    assert answer.status == 200
    assert answer.json["total_items"] == found


async def test_every_page_together_is_the_whole_list(get: Get) -> None:
    """Following next shows each extension once."""
    seen: list[str] = []
    query = "page_size=77"
    while True:
        body = (await get("/api/accounts/self/extensions", query)).json
        seen += [extension["external_id"] for extension in body["_embedded"]["extensions"]]
        if "next" not in body["_links"]:
            break
        query = body["_links"]["next"]["href"].partition("?")[2]
    assert len(seen) == len(set(seen)) == 300


async def test_a_page_behind_the_end_is_empty(get: Get) -> None:
    """Asking too far gives no records but the right totals."""
    body = (await get("/api/accounts/self/users", "page=1000000000&page_size=1000")).json
    assert body["_embedded"]["users"] == []
    assert (body["total_pages"], body["total_items"]) == (1, 250)


async def test_links_begin_where_the_caller_asked(get: Get) -> None:
    """Under the versioned path the links stay versioned."""
    answer = await get("/api/accounts/self", root=f"{ROOT}/v1")
    assert answer.json["_links"]["self"]["href"] == f"{BASE}{ROOT}/v1/api/accounts/{VONAGE}"
