"""A forgotten password, from the sign-in page by mail to the application, through sockets."""

import asyncio
import re
from html import unescape

import httpx2

from tests.flows.signing_in import by_password, hidden_fields, refresh
from tests.portal.browsing import submit, text_of
from tests.serving import DEMO_KEY, Server

API = "/t/vbc.prod/provisioning/v1/api/accounts/self"
NEW = "quiet lamps walk north"
_LINK = re.compile(r'href="(http[^"]+/(?:reset|forgot)[^"]*)"')


async def mailed(http: httpx2.AsyncClient, subject: str, count: int = 1) -> httpx2.Response:
    """Return the outbox once it shows so many mails with this subject."""
    async with asyncio.timeout(60):
        while True:
            page = await http.get("/outbox")
            if page.text.count(f">{subject}") >= count:
                return page
            await asyncio.sleep(0.1)


async def asked(http: httpx2.AsyncClient, place: str, login: str) -> str:
    """Ask for a new password and return the mail's link as a path."""
    page = f"{place}/forgot"
    answer = await submit(http, page, page, [("login", login)])
    assert (answer.status_code, answer.headers["location"]) == (303, f"{place}/forgot/sent")
    found = _LINK.search((await mailed(http, "Choose a new password")).text)
    assert found is not None
    return str(httpx2.URL(unescape(found[1])).raw_path.decode())


async def choose(http: httpx2.AsyncClient, link: str, password: str = NEW) -> httpx2.Response:
    """Open a link and send its form."""
    page = await http.get(link)
    assert page.status_code == 200, text_of(page)
    form = hidden_fields(page.text) | {"password": password, "repeated": password}
    return await http.post(link.partition("?")[0], data=form)


async def test_a_user_gets_back_to_the_application(demo: Server, http: httpx2.AsyncClient) -> None:
    """Mail, new password, sign-in, code; what was signed in with the old password is ended."""
    old = (await by_password(http, scope="openid")).json()
    query = {
        "response_type": "code",
        "client_id": DEMO_KEY,
        "redirect_uri": f"{demo.base_url}/callback-demo",
        "scope": "openid",
    }
    sign_in = await http.get((await http.get("/authorize", params=query)).headers["location"])
    forgot = re.search(r'href="(/signin/forgot\?request=[^"]+)"', sign_in.text)
    assert forgot is not None
    shown = await http.get(unescape(forgot[1]))
    form = hidden_fields(shown.text) | {"login": "JSmith@vbc.prod"}
    answer = await http.post("/signin/forgot", data=form)
    assert answer.status_code == 303
    found = _LINK.search((await mailed(http, "Choose a new password")).text)
    assert found is not None

    answer = await choose(http, unescape(found[1]).removeprefix(demo.base_url))

    assert (answer.status_code, answer.headers["location"]) == (303, "/signin/reset/done")
    bearer = {"Authorization": f"Bearer {old['access_token']}"}
    assert (await http.get(API, headers=bearer)).status_code == 401
    assert (await refresh(http, old["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await by_password(http)).json()["error"] == "invalid_grant"
    assert (await by_password(http, password=NEW)).status_code == 200
    await mailed(http, "Your password for Gatelodge was changed")
    onward = re.search(
        r'href="(/signin\?request=[^"]+)"', (await http.get("/signin/reset/done")).text
    )
    assert onward is not None
    page = await http.get(unescape(onward[1]))
    form = hidden_fields(page.text) | {"username": "jsmith", "password": NEW}
    answer = await http.post("/signin", data=form)
    assert "/consent?" in answer.headers["location"]


async def test_64_parallel_uses_have_one_winner(demo: Server, http: httpx2.AsyncClient) -> None:
    """Opening a link, however often, spends nothing; of 64 uses one wins, the rest are told 410."""
    link = await asked(http, "/login", "DEV@example.com")
    pages = await asyncio.gather(*(http.get(link) for _ in range(8)))
    assert {page.status_code for page in pages} == {200}
    assert {page.headers["referrer-policy"] for page in pages} == {"no-referrer"}
    form = hidden_fields(pages[0].text) | {"password": NEW, "repeated": NEW}

    answers = await asyncio.gather(*(http.post("/login/reset", data=form) for _ in range(64)))

    statuses = [answer.status_code for answer in answers]
    assert statuses.count(303) == 1
    # A full pool may turn some away before they try.
    assert set(statuses) <= {303, 410, 503}
    assert (await http.get(link)).status_code == 410
    secret = link.partition("link=")[2]
    assert secret.partition("_")[2] not in demo.printed()
