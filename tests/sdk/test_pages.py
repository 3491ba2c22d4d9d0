"""Lists: every way a server says that there is another page, and every envelope."""

import httpx2
import pytest

from gatelodge_client import AsyncClient, Client, ClientCredentials
from gatelodge_client.errors import SettingsError, UnexpectedAnswer
from tests.sdk.scripted import Server, settings, steady, tokens

ACCOUNT = "/t/vbc.prod/provisioning/v1/api/accounts/self"
USERS = f"{ACCOUNT}/users"


def rows(*ids: int) -> list[dict[str, object]]:
    """Return users."""
    return [{"id": number} for number in ids]


def body(key: str, found: object, **more: object) -> httpx2.Response:
    """Return a page as the API sends it."""
    return httpx2.Response(200, json={**more, "_embedded": {key: found}})


@pytest.fixture
def server() -> Server:
    """An API whose access tokens are given freely."""
    made = Server()
    made.answer("/token", tokens(1))
    return made


def client(server: Server, **more: object) -> Client:
    """Return a client that signs in by itself."""
    return Client(
        settings(**more),
        grant=ClientCredentials(),
        connecting=server.connecting(),
        retrying=steady(1),
    )


def listed(server: Server) -> list[int | str]:
    """Return the ids of all users."""
    with client(server) as api:
        return [user.id for user in api.users.list(page_size=2)]


def queries(server: Server, path: str = USERS) -> list[str]:
    """Return the queries sent to a list."""
    return [r.url.query.decode() for r in server.asked if r.url.path == path]


@pytest.mark.parametrize(
    "signs",
    [
        [{"total_pages": 2}, {"total_pages": 2}],
        [{"total_page": 2}, {"total_page": 2}],
        [{"total_pages": "2"}, {"total_pages": "2"}],
        [{"_links": {"next": {"href": "x"}}}, {"_links": {"first": {}}}],
        [{"total_items": 3, "page_size": 2}, {"total_items": 3, "page_size": 2}],
    ],
)
def test_every_sign_of_another_page(server: Server, signs: list[dict[str, object]]) -> None:
    """total_pages, total_page, a link or the number of items, as numbers or text."""
    server.answer(USERS, body("users", rows(1, 2), **signs[0]), body("users", rows(3), **signs[1]))
    assert listed(server) == [1, 2, 3]
    assert queries(server) == ["page_size=2&page=1", "page_size=2&page=2"]


@pytest.mark.parametrize(
    "answer",
    [
        body("users", rows(1)),
        body("data", rows(1)),
        body("data", {"id": 1}),
        httpx2.Response(200, json={"users": rows(1), "total_pages": 1}),
    ],
)
def test_every_envelope(server: Server, answer: httpx2.Response) -> None:
    """The named key, `data` as in the spec, one object for a list, no `_embedded`: one page."""
    server.answer(USERS, answer)
    assert listed(server) == [1]
    assert len(queries(server)) == 1


@pytest.mark.parametrize("found", [[], None])
def test_an_empty_page_ends_it(server: Server, found: object) -> None:
    """Whatever the totals promise, a page without records is the last."""
    server.answer(USERS, body("users", found, total_pages=99))
    assert listed(server) == []
    assert len(queries(server)) == 1


@pytest.mark.parametrize(
    "answer", [httpx2.Response(200, json=[1]), body("calls", []), httpx2.Response(200, json={})]
)
def test_another_answer(server: Server, answer: httpx2.Response) -> None:
    """An answer about something else is an error that says where to look."""
    server.answer(USERS, answer)
    with pytest.raises(UnexpectedAnswer, match="has no 'users'"):
        listed(server)


def test_pages_are_fetched_as_they_are_needed(server: Server) -> None:
    """Taking the first record costs one request; a second loop starts anew."""
    server.answer(USERS, body("users", rows(1, 2), total_pages=50, total_items=100))
    with client(server) as api:
        users = api.users.list()
        assert [next(iter(users)).id for _ in range(2)] == [1, 1]
        page = next(users.pages())
    assert len(queries(server)) == 3
    assert (page.total_pages, page.total_items, page.number) == (50, 100, 1)


def test_filters(server: Server) -> None:
    """Keywords become the query, None is left out, the page size is always said."""
    server.answer(f"{ACCOUNT}/extensions", body("extensions", []))
    server.answer(USERS, body("users", []))
    with client(server) as api:
        list(api.extensions.list(location_id=7, phone_number="+1 555", login_name=None))
        list(api.users.list(first_name="Zoë", email="z@example.com"))
        with pytest.raises(TypeError, match="no such filter: fist_name"):
            api.users.list(fist_name="x")  # type: ignore[call-arg] # mypy finds it as well
    assert queries(server, f"{ACCOUNT}/extensions") == [
        "page_size=100&location_id=7&phone_number=%2B1+555&page=1"
    ]
    assert queries(server) == ["page_size=100&first_name=Zo%C3%AB&email=z%40example.com&page=1"]


def test_locations_have_no_pages(server: Server) -> None:
    """They come at once, and are not asked for by page."""
    server.answer(f"{ACCOUNT}/locations", body("locations", [{"id": 1, "name": "x"}]))
    with client(server) as api:
        assert [place.name for place in api.locations.list()] == ["x"]
    assert queries(server, f"{ACCOUNT}/locations") == [""]


def test_one_record(server: Server) -> None:
    """Each kind by id, number or text, below any account, in either envelope."""
    base = "/t/vbc.prod/provisioning/v1/api/accounts"
    server.answer(f"{base}/571700", body("data", {"id": 571700, "name": "Vonage"}))
    server.answer(f"{base}/9/locations/3", body("location", {"id": 3}))
    server.answer(f"{base}/self/extensions/a b", body("extension", {"extension_number": "1"}))
    server.answer(f"{base}/self/users/7", body("user", {"id": 7}))
    with client(server) as api:
        assert api.accounts.get(571700).name == "Vonage"
        assert api.locations.get("3", account=9).id == 3
        assert api.extensions.get("a b").extension_number == "1"
        assert api.users.get(7).id == 7


@pytest.mark.parametrize("record_id", ["", ".", ".."])
def test_an_id_that_is_no_segment(server: Server, record_id: str) -> None:
    """It would lead to another address."""
    with client(server) as api, pytest.raises(SettingsError):
        api.users.get(record_id)


def test_an_id_stays_one_segment(server: Server) -> None:
    """A slash or a question mark in an id is part of it."""
    server.answer(f"{ACCOUNT}/users/a/../b?c", body("user", {"id": 1}))
    with client(server) as api:
        api.users.get("a/../b?c")
    assert server.asked[-1].url.raw_path == f"{USERS}/a%2F..%2Fb%3Fc".encode()


async def test_the_same_for_asyncio(server: Server) -> None:
    """`async for` pages as `for` does, and every get is awaited."""
    server.answer(
        USERS, body("users", rows(1, 2), total_pages=2), body("users", rows(3), total_pages=2)
    )
    server.answer(f"{USERS}/7", body("user", {"id": 7}))
    server.answer(ACCOUNT, body("account", {"id": 1}))
    server.answer(f"{ACCOUNT}/locations", body("locations", [{"id": 5}]))
    server.answer(f"{ACCOUNT}/locations/5", body("location", {"id": 5}))
    server.answer(f"{ACCOUNT}/extensions", body("extensions", [{"extension_number": "9"}]))
    server.answer(f"{ACCOUNT}/extensions/9", body("extension", {"extension_number": "9"}))
    async with AsyncClient(
        settings(), grant=ClientCredentials(), connecting=server.connecting()
    ) as api:
        assert [user.id async for user in api.users.list(page_size=2)] == [1, 2, 3]
        assert [page.total_pages async for page in api.users.list().pages()][-1] == 2
        assert [place.id async for place in api.locations.list()] == [5]
        assert [one.extension_number async for one in api.extensions.list()] == ["9"]
        assert (await api.users.get(7)).id == 7
        assert (await api.accounts.get()).id == 1
        assert (await api.locations.get(5)).id == 5
        assert (await api.extensions.get(9)).extension_number == "9"
