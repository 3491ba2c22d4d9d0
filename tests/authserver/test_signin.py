"""Signing in while an authorization request waits."""

import asyncio
from pathlib import Path

import pytest

from tests.authserver.browsing import Tab, known_browsers, pages_of
from tests.authserver.conftest import PASSWORD, USER, Server
from tests.oauth.records import ISSUER

LOGIN = {"username": "jsmith", "password": PASSWORD}
SESSION_COOKIE = "__Host-gatelodge-user"


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """One database: what differs between the two is tested beside the stored things."""
    return f"sqlite:///{tmp_path / 'gatelodge.sqlite'}"


@pytest.fixture
def tab(server: Server) -> Tab:
    """A browser nobody has signed in with."""
    return Tab(pages_of(server))


async def test_from_the_request_to_the_code(server: Server, tab: Tab) -> None:
    """Sign-in and consent lead back with a code, the state as it was, and the issuer."""
    owner = await server.client()

    await tab.authorize(owner.client_id)
    assert (tab.at, tab.page.status_code) == ("/signin", 200)
    assert owner.application_name in tab.page.text
    await tab.sign_in()
    assert tab.at == "/consent"
    await tab.decide()

    assert set(tab.back) == {"code", "state", "iss"}
    assert (tab.back["state"], tab.back["iss"]) == ("the state", ISSUER)
    redeemed = await server.redeem(owner, tab.back["code"])
    assert redeemed.status == 200


@pytest.mark.parametrize("username", ["jsmith", "jsmith@vbc.prod", " jsmith@VBC.prod "])
async def test_the_realm_may_be_left_out(server: Server, tab: Tab, username: str) -> None:
    """A login works with and without its tenant."""
    owner = await server.client()
    await tab.authorize(owner.client_id)
    await tab.sign_in(username)
    assert tab.at == "/consent"


@pytest.mark.parametrize("username", ["jsmith", "nobody", "a@x.com@vbc.prod", "x" * 5_000, "é😀"])
async def test_every_failure_looks_the_same(server: Server, tab: Tab, username: str) -> None:
    """A wrong password of a known user and an unknown user get one text, status and form."""
    owner = await server.client()
    await tab.authorize(owner.client_id)

    await tab.sign_in(username, "wrong")

    assert tab.page.status_code == 422
    assert "is not right, or sign-in is paused for a while" in tab.page.text
    assert 'aria-invalid="true"' in tab.page.text
    assert "wrong" not in tab.page.text
    await tab.sign_in()
    assert tab.at == "/consent"


async def test_what_is_missing_is_said_beside_its_field(server: Server, tab: Tab) -> None:
    """Empty fields are named one by one, and what was typed stays."""
    owner = await server.client()
    await tab.authorize(owner.client_id)

    await tab.sign_in("jsmith", "")

    assert tab.page.status_code == 422
    assert "Enter your password." in tab.page.text
    assert "Enter your user name." not in tab.page.text
    assert 'value="jsmith"' in tab.page.text


async def test_a_busy_server_says_when_to_try_again(
    server: Server, tab: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full password pool is a 503 with Retry-After, and the form is still there."""
    owner = await server.client()
    await tab.authorize(owner.client_id)
    form = tab.fields()
    server.pool_full = True

    await tab.send("/signin", form | {"username": "jsmith", "password": PASSWORD})

    assert tab.page.status_code == 503
    assert tab.page.headers["retry-after"] == "1"
    server.pool_full = False
    await tab.sign_in()
    assert tab.at == "/consent"


async def test_the_login_hint_is_filled_in(server: Server, tab: Tab) -> None:
    """login_hint stands in the form, escaped; one of absurd length is left out."""
    owner = await server.client()
    await tab.authorize(owner.client_id, login_hint='"><script>alert(1)</script>')
    assert "<script>alert" not in tab.page.text
    assert "&lt;script&gt;alert" in tab.page.text
    await tab.authorize(owner.client_id, login_hint="j" * 400)
    assert "jjjj" not in tab.page.text


async def test_the_session_has_a_new_secret_after_each_sign_in(server: Server, tab: Tab) -> None:
    """A cookie planted before, and the one from before signing in again, are worth nothing."""
    owner = await server.client()
    planted = "glus_" + "A" * 59
    tab.http.cookies.set(SESSION_COOKIE, planted, domain="login.example", path="/")
    await tab.authorize(owner.client_id)
    assert tab.at == "/signin"
    await tab.sign_in()
    first = tab.http.cookies[SESSION_COOKIE]
    assert first != planted

    await tab.authorize(owner.client_id, prompt="login")
    await tab.sign_in()
    assert tab.http.cookies[SESSION_COOKIE] != first

    old = Tab(tab.app)
    old.http.cookies.set(SESSION_COOKIE, first, domain="login.example", path="/")
    await old.authorize(owner.client_id)
    assert old.at == "/signin"


async def test_the_cookies_are_guarded(server: Server, tab: Tab) -> None:
    """Every cookie over TLS is __Host-, Secure, HttpOnly and SameSite."""
    owner = await server.client()
    await tab.authorize(owner.client_id)
    cookies = tab.page.headers.get_list("set-cookie")
    form = tab.fields() | {"username": "jsmith", "password": PASSWORD}
    answer = await tab.http.post("/signin", data=form)
    cookies += answer.headers.get_list("set-cookie")

    assert len(cookies) == 3
    for cookie in cookies:
        assert cookie.startswith("__Host-gatelodge-")
        assert {"secure", "httponly", "path=/", "samesite=lax"} <= {
            part.strip().lower() for part in cookie.split(";")
        }


async def test_two_tabs_complete_their_own_requests(server: Server, tab: Tab) -> None:
    """Two requests in one browser both get their code and their own state."""
    first, second = await server.client(), await server.client()
    other = tab.another()
    await tab.authorize(first.client_id, state="one")
    await other.authorize(second.client_id, state="two")

    await tab.sign_in()
    await other.sign_in()
    await tab.decide()
    await other.decide()

    assert (tab.back["state"], other.back["state"]) == ("one", "two")
    answers = await asyncio.gather(
        server.redeem(first, tab.back["code"]), server.redeem(second, other.back["code"])
    )
    assert [answer.status for answer in answers] == [200, 200]


@pytest.mark.parametrize(
    "changed",
    [
        {"csrf_token": ""},
        {"csrf_token": "0.AAAA"},
        {"csrf_token": "é😀"},
        {"csrf_token": "1" + "0" * 40},
    ],
)
async def test_a_form_without_its_token_is_refused(
    server: Server, tab: Tab, changed: dict[str, str]
) -> None:
    """A sign-in form with a missing or invented token signs nobody in."""
    owner = await server.client()
    await tab.authorize(owner.client_id)
    await tab.send("/signin", tab.fields() | {"username": "jsmith", "password": PASSWORD} | changed)
    assert tab.page.status_code == 403
    assert SESSION_COOKIE not in tab.http.cookies


async def test_another_browsers_token_is_refused(server: Server, tab: Tab) -> None:
    """An attacker's own form, cookie left behind, signs nobody into the attacker's account."""
    owner = await server.client()
    victim = Tab(tab.app)
    await victim.authorize(owner.client_id)
    await tab.authorize(owner.client_id)

    await victim.send("/signin", tab.fields() | {"username": "jsmith", "password": PASSWORD})

    assert victim.page.status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "nonsense"},
    ],
)
async def test_what_another_site_sends_is_refused(
    server: Server, tab: Tab, headers: dict[str, str]
) -> None:
    """A form that the browser says comes from elsewhere is refused, good token or not."""
    owner = await server.client()
    await tab.authorize(owner.client_id)
    form = tab.fields() | {"username": "jsmith", "password": PASSWORD}
    await tab.send("/signin", form, **headers)
    assert tab.page.status_code == 403


@pytest.mark.parametrize(
    "headers", [{"sec-fetch-site": "same-origin", "origin": "null"}, {"origin": ISSUER}]
)
async def test_what_our_page_sends_is_taken(
    server: Server, tab: Tab, headers: dict[str, str]
) -> None:
    """Origin: null is what browsers write for pages without referrer, ours among them."""
    owner = await server.client()
    await tab.authorize(owner.client_id)
    form = tab.fields() | {"username": "jsmith", "password": PASSWORD}
    await tab.send("/signin", form, **headers)
    assert tab.at == "/consent"


@pytest.mark.parametrize("text", ["", "x", "A" * 60_000, "é", "AAAA" * 30, "\0"])
async def test_an_invented_request_is_refused(tab: Tab, text: str) -> None:
    """A seal that is missing, invented or far too long is a page with 400, on GET and on POST."""
    page = await tab.http.get("/signin", params={"request": text})
    assert page.status_code == 400
    page = await tab.http.post("/signin", data={"request": text})
    assert page.status_code in {400, 413}


async def test_a_tampered_or_old_request_is_refused(server: Server, tab: Tab) -> None:
    """A seal opens unchanged only, for its own purpose only and for half an hour only."""
    owner = await server.client()
    await tab.authorize(owner.client_id)
    text = tab.fields()["request"]
    for at in (0, 20, len(text) // 2, len(text) - 3):
        changed = text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]
        assert (await tab.http.get("/signin", params={"request": changed})).status_code == 400
    assert (await tab.http.get("/consent", params={"request": text})).status_code == 400

    server.now += 1_799
    assert (await tab.http.get("/signin", params={"request": text})).status_code == 200
    server.now += 1
    assert (await tab.http.get("/signin", params={"request": text})).status_code == 400


async def test_the_page_cannot_be_framed_and_leaks_nothing(server: Server, tab: Tab) -> None:
    """The sign-in page has a strict policy without form-action and sends no referrer."""
    owner = await server.client()
    await tab.authorize(owner.client_id)
    headers = tab.page.headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "form-action" not in policy
    assert "unsafe" not in policy
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in headers
    assert "<style" not in tab.page.text
    assert ' style="' not in tab.page.text
    assert "https://" not in tab.page.text.replace(ISSUER, "")


async def test_a_disabled_user_is_signed_out(server: Server, tab: Tab) -> None:
    """A session of a disabled user counts no longer."""
    owner = await server.client()
    await tab.authorize(owner.client_id)
    await tab.sign_in()
    await server.disable_user()
    await tab.authorize(owner.client_id)
    assert tab.at == "/signin"


async def test_signing_out_ends_the_session_and_its_codes(server: Server, tab: Tab) -> None:
    """After signing out the session is gone, and a code it got is worth nothing."""
    owner = await server.client()
    await tab.authorize(owner.client_id)
    await tab.sign_in()
    await tab.decide()
    code = tab.back["code"]

    await tab.open("/signout")
    assert "jsmith" in tab.page.text
    await tab.submit("/signout", decision="signout")
    assert tab.title == "You are signed out"

    assert (await server.redeem(owner, code)).json()["error"] == "invalid_grant"
    await tab.authorize(owner.client_id)
    assert tab.at == "/signin"


async def test_another_site_cannot_sign_anybody_out(server: Server, tab: Tab) -> None:
    """Signing out takes a form of ours; asking for the page alone changes nothing."""
    owner = await server.client()
    await tab.authorize(owner.client_id)
    await tab.sign_in()
    await tab.send("/signout", {"decision": "signout"})
    assert tab.page.status_code == 403
    await tab.open("/signout")
    assert tab.title == "Sign out?"


async def test_a_body_over_the_limit_is_refused(tab: Tab) -> None:
    """A form of 1 MB is a 413, one of another type a 415, a NUL or a repeated field a 400."""
    post = tab.http.post
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert (await post("/signin", data={"password": "x" * 1_000_000})).status_code == 413
    assert (await post("/signin", json={})).status_code == 415
    bad = [b"request=%00", b"request=a&request=b", b"request=%ff", b"\xff=1", b"a=1&" * 300]
    for body in bad:
        assert (await post("/signin", content=body, headers=form)).status_code == 400
    assert (await tab.http.put("/signin")).status_code == 405


async def test_a_browser_is_known_by_who_signed_in_with_it(server: Server, tab: Tab) -> None:
    """From the second time on sign-in is told so, signing out or not; forgeries tell nothing."""
    owner = await server.client()
    await tab.authorize(owner.client_id)
    await tab.sign_in()
    assert known_browsers.pop() is None
    await tab.open("/signout")
    await tab.submit("/signout", decision="signout")
    await tab.authorize(owner.client_id)
    await tab.sign_in()
    known = known_browsers.pop()
    assert known is not None
    assert known.people == (USER,)

    name = "__Host-gatelodge-known-user"
    good = tab.http.cookies[name]
    for forged in (good.replace(str(USER), "23"), good[:-1], "1.2", "..", "é", "1.2." + "A" * 43):
        other = Tab(tab.app)
        await other.authorize(owner.client_id)
        headers = {b"cookie": f"{other.cookie_header}; {name}={forged}".encode()}
        await other.http.post("/signin", data=other.fields() | LOGIN, headers=headers)
        assert known_browsers.pop() is None
