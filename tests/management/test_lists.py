"""Lists in pages: every row once, a Link header that leads on, cursors that are no guesses."""

import re

import pytest

from tests.management.conftest import Site, application, keys

_NEXT = re.compile(r'^<(\?[^>]+)>; rel="next"$')


async def walk(site: Site, text: str, path: str, query: str) -> list[str]:
    """Follow the Link headers and return the ids of every page."""
    found: list[str] = []
    while query:
        answer = await site.call("GET", f"{path}{query}", text)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert len(page["items"]) <= 2
        found += [item["id"] for item in page["items"]]
        link = _NEXT.match(answer.headers.get("link", ""))
        assert (page["next_cursor"] is None) == (link is None)
        query = link[1] if link else ""
    return found


async def test_applications_in_pages(site: Site, owner: str, other: str) -> None:
    """Five applications in pages of two: each once, though one is added and one goes meanwhile."""
    paths = [await application(site, owner, f"A{number}") for number in range(5)]
    await application(site, other, "A9")
    ids = [path.rpartition("/")[2] for path in paths]
    assert await walk(site, owner, "/applications", "?limit=2&search=a") == ids
    first = (await site.call("GET", "/applications?limit=2", owner)).json()
    await site.call("DELETE", paths[1], owner, headers={"if-match": "*"})
    rest = await walk(site, owner, "/applications", f"?limit=2&cursor={first['next_cursor']}")
    assert rest == ids[2:]
    assert await walk(site, owner, "/applications", "?limit=2&search=A3") == [ids[3]]


async def test_activity_in_pages(site: Site, owner: str) -> None:
    """The newest come first, each once."""
    path = await application(site, owner)
    await keys(site, owner, path)
    for name in ("b", "c"):
        await site.call("PATCH", path, owner, json={"name": name}, headers={"if-match": "*"})
    whole = (await site.call("GET", f"{path}/audit", owner)).json()["items"]
    assert len(whole) == 4
    assert await walk(site, owner, f"{path}/audit", "?limit=1") == [one["id"] for one in whole]


@pytest.mark.parametrize(
    "query",
    [
        *("limit=0", "limit=101", "limit=-1", "limit=x", "limit=1e2", "limit="),
        *("cursor=", "cursor=x", "cursor=__________8", "cursor=AAAAAAAAAAE%3D", "cursor=%C3%A9"),
    ],
)
async def test_pages_that_are_none(site: Site, owner: str, query: str) -> None:
    """A page that nobody was given is refused, with the parameter named."""
    answer = await site.call("GET", f"/applications?{query}", owner)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == query.partition("=")[0]
