"""Subscribing from the application's tab and from the API's page, changing plans, ending."""

import re

import httpx2
import pytest

from tests.portal.browsing import add_application, follow, generate_keys, sign_in, submit, text_of
from tests.portal.conftest import EMAIL, PASSWORD

API = "/apis/provisioning/v1"


@pytest.fixture
async def developer(visitor: httpx2.AsyncClient) -> httpx2.AsyncClient:
    """A browser with the developer signed in."""
    await sign_in(visitor, EMAIL, PASSWORD)
    return visitor


@pytest.fixture
async def application(developer: httpx2.AsyncClient) -> str:
    """The address of an application."""
    return await add_application(developer)


async def subscribe(developer: httpx2.AsyncClient, application: str) -> httpx2.Response:
    """Subscribe the application to Provisioning from its own tab."""
    tab = f"{application}/subscriptions"
    answer = await submit(developer, tab, tab, [("choice", "10:Gold")])
    return await follow(developer, answer)


async def test_the_tab_subscribes(developer: httpx2.AsyncClient, application: str) -> None:
    """Choosing API and plan subscribes; the table shows it, the list offers it no more."""
    empty = await developer.get(f"{application}/subscriptions")
    assert "No subscriptions yet" in empty.text
    assert "Weather" not in empty.text, "a deprecated API takes no new ones"
    page = await subscribe(developer, application)
    text = text_of(page)
    assert "Subscribed to Provisioning v1 under the plan Gold." in text
    assert "Unsubscribe" in text
    assert "no further API" in text
    assert "Subscribed" in text_of(await developer.get("/apis"))


@pytest.mark.parametrize("choice", ["", "10", "x:Gold", "10:Nothing", "99:Gold", "11:Gold"])
async def test_wrong_choices_are_told(
    developer: httpx2.AsyncClient, application: str, choice: str
) -> None:
    """Nothing chosen, or something that is not offered, comes back as a sentence or as 404."""
    tab = f"{application}/subscriptions"
    answer = await submit(developer, tab, tab, [("choice", choice)])
    assert answer.status_code in {404, 422}


async def test_the_plan_is_changed_and_the_subscription_ended(
    developer: httpx2.AsyncClient, application: str
) -> None:
    """Both buttons of a row work, and only for the developer's own subscriptions."""
    page = await subscribe(developer, application)
    found = re.search(r'name="subscription" value="(\d+)"', page.text)
    assert found is not None
    tab = f"{application}/subscriptions"
    chosen = ("subscription", found[1])
    moved = await submit(developer, tab, f"{tab}/plan", [chosen, ("plan", "Bronze")])
    assert "The plan is Bronze now." in text_of(await follow(developer, moved))
    wrong = await submit(developer, tab, f"{tab}/plan", [chosen, ("plan", "Nothing")])
    assert wrong.status_code == 422
    ended = await submit(developer, tab, f"{tab}/remove", [chosen])
    assert "No subscriptions yet" in text_of(await follow(developer, ended))
    for bad in (chosen, ("subscription", "x")):
        assert (await submit(developer, tab, f"{tab}/remove", [bad])).status_code == 404


async def test_the_api_page_subscribes(developer: httpx2.AsyncClient, application: str) -> None:
    """The box on the API's page lists the applications that are not subscribed yet."""
    page = await developer.get(API)
    assert "Select Application..." in page.text
    assert "New Application..." in page.text
    application_id = application.rpartition("/")[2]
    fields = [("application", application_id), ("plan", "Standard")]
    tab = await follow(developer, await submit(developer, API, f"{API}/subscribe", fields))
    assert "Subscribed to Provisioning v1 under Standard." in text_of(tab)
    after = await developer.get(API)
    assert f'<option value="{application_id}"' not in after.text
    again = await submit(developer, API, f"{API}/subscribe", fields)
    assert again.status_code == 422
    assert "already subscribed" in text_of(again)


async def test_the_box_tells_what_is_missing(developer: httpx2.AsyncClient) -> None:
    """No application, a foreign one, or an unknown plan come back at their fields."""
    for chosen in ("", "7"):
        fields = [("application", chosen), ("plan", "Gold")]
        answer = await submit(developer, API, f"{API}/subscribe", fields)
        assert answer.status_code == 422
        assert "Select an application." in text_of(answer)
    address = await add_application(developer)
    fields = [("application", address.rpartition("/")[2]), ("plan", "Nothing")]
    wrong = await submit(developer, API, f"{API}/subscribe", fields)
    assert "Choose one of the plans" in text_of(wrong)


async def test_a_new_application_goes_on_to_subscribe(developer: httpx2.AsyncClient) -> None:
    """New Application... leads through the form to the tab, with the API chosen."""
    answer = await submit(developer, API, f"{API}/subscribe", [("application", "new")])
    form = await follow(developer, answer)
    assert "After this you can subscribe it to Provisioning v1." in text_of(form)
    made = await submit(
        developer,
        answer.headers["location"],
        "/applications/new",
        [("name", "Fresh"), ("quota", "10PerMin"), ("api", "10")],
    )
    tab = await follow(developer, made)
    assert 'value="10:Standard" selected' in tab.text


async def test_keys_know_their_apis(developer: httpx2.AsyncClient, application: str) -> None:
    """With a subscription the samples call that API, and a test token may have its scopes."""
    await subscribe(developer, application)
    page = await generate_keys(developer, application, ("grant_types", "client_credentials"))
    assert "/t/vbc.prod/provisioning/api/accounts/self" in text_of(page)
    assert 'name="scope" value="provisioning.read"' in page.text
    keys = f"{application}/keys/production"
    scopes = [("scope", "provisioning.read"), ("scope", "everything")]
    token = await follow(developer, await submit(developer, keys, f"{keys}/test-token", scopes))
    assert "has the scope provisioning.read" in text_of(token)
    assert "everything" not in token.text
