"""A developer's own account."""

import re

import httpx2

from gatelodge.storage import audit
from tests.portal.browsing import follow, sign_in, submit, text_of
from tests.portal.conftest import EMAIL, PASSWORD, Portal

_SESSION = re.compile(r'name="session" value="(\d+)"')
SESSIONS = "/account/sessions"


async def test_the_profile_says_who_is_signed_in(visitor: httpx2.AsyncClient) -> None:
    """The menu leads to the account; who is not signed in signs in and comes back to it."""
    asked = await visitor.get("/account")
    assert asked.headers["location"] == "/login?return_to=%2Faccount"
    home = await follow(visitor, await sign_in(visitor, EMAIL, PASSWORD))
    assert '<a href="/account">' in home.text
    page = await visitor.get("/account")
    assert EMAIL in text_of(page)
    assert '<a href="/account" aria-current="page">' in page.text


async def test_a_developer_signs_out_of_other_browsers(
    portal: Portal, visitor: httpx2.AsyncClient
) -> None:
    """The list names browsers; one of them, or all but this one, is signed out and written down."""
    await sign_in(visitor, EMAIL, PASSWORD)
    named = {"user-agent": "Mozilla/5.0 (Windows NT 10.0; rv:145.0) Gecko/20100101 Firefox/145.0"}
    async with (
        httpx2.AsyncClient(base_url=portal.base_url, headers=named) as first,
        httpx2.AsyncClient(base_url=portal.base_url) as second,
    ):
        await sign_in(first, EMAIL, PASSWORD)
        page = await visitor.get(SESSIONS)
        assert "Firefox on Windows" in text_of(page)
        (other,) = _SESSION.findall(page.text)
        gone = await follow(
            visitor, await submit(visitor, SESSIONS, SESSIONS, [("session", other)])
        )
        assert "That browser is signed out." in text_of(gone)
        assert (await first.get("/applications")).status_code == 303
        await sign_in(first, EMAIL, PASSWORD)
        await sign_in(second, EMAIL, PASSWORD)
        answer = await submit(visitor, SESSIONS, SESSIONS, [("session", "others")])
        assert "signed out everywhere else" in text_of(await follow(visitor, answer))
        for browser in (first, second):
            assert (await browser.get("/applications")).status_code == 303
    assert (await visitor.get("/applications")).status_code == 200
    events = await portal.store.read(audit.of_object, "developer", 1)
    acts = [event.act for event in events]
    assert acts.count("session.start") == 4
    ends = [act for act in acts if act != "session.start"]
    assert ends == ["session.end-others", "session.end"]
    refused = await visitor.post(SESSIONS, data={"session": "others"})
    assert refused.status_code == 403
