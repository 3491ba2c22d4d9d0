"""My Applications, Add Application and an application's Details, without JavaScript."""

import httpx2
import pytest

from gatelodge.catalog.applications import Draft
from gatelodge.operations import applications as acts
from gatelodge.operations.actor import Act, Actor
from tests.portal.browsing import add_application, follow, sign_in, submit, text_of
from tests.portal.conftest import EMAIL, NOW, PASSWORD, Portal


@pytest.fixture
async def developer(visitor: httpx2.AsyncClient) -> httpx2.AsyncClient:
    """A browser with the developer signed in."""
    await sign_in(visitor, EMAIL, PASSWORD)
    return visitor


async def fill(portal: Portal, number: int) -> None:
    """Give the developer so many applications."""
    actor = Actor(kind="developer", id=1, name=EMAIL)
    act = Act(actor=actor, now=NOW, ids=portal.store.ids)
    for index in range(number):
        draft = Draft(name=f"App {index:03}", description="", quota="Unlimited")
        await portal.store.write(acts.create, act, 1, draft)


async def test_an_empty_list_shows_the_way(developer: httpx2.AsyncClient) -> None:
    """Without applications the page explains the three steps and offers the first."""
    page = await developer.get("/applications")
    assert "You have no applications yet" in page.text
    assert page.text.count('href="/applications/new"') == 1


async def test_an_application_is_added_and_listed(developer: httpx2.AsyncClient) -> None:
    """Adding leads to the keys; the list then shows quota, status and View."""
    address = await add_application(developer)
    page = await developer.get(f"{address}/keys/production")
    assert "MyTestApp was added" in page.text
    listed = await developer.get("/applications")
    for words in ("Per Token Quota", "MyTestApp", "10PerMin", "Active", "View", "1 application"):
        assert words in listed.text
    assert f'href="{address}"' in listed.text


async def test_mistakes_are_told_at_their_fields(developer: httpx2.AsyncClient) -> None:
    """A wrong form comes back with 422, what was typed, and sentences tied to the fields."""
    answer = await submit(
        developer,
        "/applications/new",
        "/applications/new",
        [("name", " "), ("quota", "x"), ("description", "kept")],
    )
    assert answer.status_code == 422
    assert 'aria-describedby="name-left name-problem" aria-invalid="true"' in answer.text
    assert "Enter a name." in answer.text
    assert "Choose one of the quotas." in answer.text
    assert ">kept</textarea>" in answer.text


async def test_a_taken_name_is_named(developer: httpx2.AsyncClient) -> None:
    """A second application of the same name is refused at the field."""
    await add_application(developer)
    answer = await submit(
        developer,
        "/applications/new",
        "/applications/new",
        [("name", "mytestapp"), ("quota", "10PerMin")],
    )
    assert answer.status_code == 422
    assert "You already have an application named “MyTestApp”." in answer.text


async def test_names_are_shown_as_typed(developer: httpx2.AsyncClient) -> None:
    """A name is text: what looks like markup is shown, never run."""
    name = '<b onclick="x">a name of 70 characters, as long as it may be</b>'
    address = await add_application(developer, name)
    for path in ("/applications", address, f"{address}/keys/production"):
        page = await developer.get(path)
        assert "<b onclick" not in page.text
        assert "&lt;b onclick" in page.text


async def test_many_applications_are_paged_and_searched(
    developer: httpx2.AsyncClient, portal: Portal
) -> None:
    """200 applications come in pages of 50; a search narrows them and says when nothing fits."""
    await fill(portal, 200)
    first = await developer.get("/applications")
    assert "Page 1 of 4" in text_of(first)
    assert 'rel="prev"' not in first.text
    last = await developer.get("/applications?page=99")
    assert "Page 4 of 4" in text_of(last)
    assert "App 199" in last.text
    assert (await developer.get("/applications?page=-1")).status_code == 200
    found = await developer.get("/applications?search=APP 17")
    assert "10 applications" in text_of(found)
    assert "10 applications" in text_of(await developer.get("/applications?search=APP%00 17"))
    nothing = await developer.get("/applications?search=<zzz>")
    assert "No application matches “<zzz>”" in text_of(nothing)


async def test_numbers_no_database_holds_lead_nowhere(developer: httpx2.AsyncClient) -> None:
    """A row number beyond 63 bits is a page that does not exist, in addresses and in forms."""
    huge = str(2**63)
    for path in (f"/applications/{huge}", f"/applications/{huge}0/keys/production"):
        assert (await developer.get(path)).status_code == 404
    assert (await developer.get(f"/applications?page={huge}")).status_code == 200
    assert (await developer.get(f"/applications/new?api={huge}")).status_code == 200
    address = await add_application(developer)
    tab = f"{address}/subscriptions"
    assert (await developer.get(f"{tab}?api={huge}")).status_code == 200
    chosen = await submit(developer, tab, tab, [("choice", f"{huge}:Gold")])
    assert chosen.status_code == 422
    ended = await submit(developer, tab, f"{tab}/remove", [("subscription", huge)])
    assert ended.status_code == 404


async def test_details_are_changed(developer: httpx2.AsyncClient) -> None:
    """Saving changes name, quota and description, and the activity says so."""
    address = await add_application(developer)
    answer = await submit(
        developer,
        address,
        address,
        [("name", "Renamed"), ("quota", "50PerMin"), ("description", "Line one\r\nLine two")],
    )
    page = await follow(developer, answer)
    text = text_of(page)
    assert "Renamed was saved." in text
    assert "Allows 50 requests per minute" in text
    assert "Application changed" in text
    assert "Next steps" in text
    wrong = await submit(developer, address, address, [("name", "x" * 71), ("quota", "10PerMin")])
    assert wrong.status_code == 422
    assert "at most 70 characters; this one has 71" in wrong.text
    taken = await add_application(developer, "Other")
    refused = await submit(developer, taken, taken, [("name", "renamed"), ("quota", "10PerMin")])
    assert "already have an application named" in refused.text


async def test_deleting_needs_the_name(developer: httpx2.AsyncClient) -> None:
    """Only the typed name deletes."""
    address = await add_application(developer)
    refused = await submit(developer, address, f"{address}/delete", [("typed", "mytestapp")])
    assert refused.status_code == 422
    assert "exactly to delete the application" in refused.text
    done = await submit(developer, address, f"{address}/delete", [("typed", "MyTestApp")])
    page = await follow(developer, done)
    assert "MyTestApp was deleted." in page.text
    assert (await developer.get(address)).status_code == 404


async def test_foreign_applications_do_not_exist(
    developer: httpx2.AsyncClient, portal: Portal
) -> None:
    """Another developer gets 404 for every page and form of an application."""
    address = await add_application(developer)
    await portal.developer(2, "eve@example.com")
    async with httpx2.AsyncClient(base_url=portal.base_url) as stranger:
        await sign_in(stranger, "eve@example.com", PASSWORD)
        for path in ("", "/keys/production", "/subscriptions"):
            assert (await stranger.get(address + path)).status_code == 404
        for path in ("/delete", "/keys/production", "/keys/production/delete", "/subscriptions"):
            form = await submit(stranger, "/applications/new", address + path, [("typed", "x")])
            assert form.status_code == 404, path
