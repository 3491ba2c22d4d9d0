"""The authorization endpoint: what gets a page, what a redirect, and what the prompts do."""

from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from gatelodge.oauth import opaque
from gatelodge.storage import clients
from tests.authserver.browsing import Tab, pages_of, parameters
from tests.authserver.conftest import Server
from tests.oauth.records import CALLBACK, ISSUER


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """One database: what differs between the two is tested beside the stored things."""
    return f"sqlite:///{tmp_path / 'gatelodge.sqlite'}"


@pytest.fixture
def tab(server: Server) -> Tab:
    """A browser nobody has signed in with."""
    return Tab(pages_of(server))


async def signed_in(server: Server, tab: Tab) -> str:
    """Sign in and agree once; return the consumer key that was agreed to."""
    owner = await server.client()
    await tab.authorize(owner.client_id)
    await tab.sign_in()
    await tab.decide()
    assert tab.back["code"]
    return owner.client_id


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"client_id": None}, "invalid_request"),
        ({"client_id": "unknown"}, "invalid_client"),
        ({"client_id": "\0"}, "invalid_request"),
        ({"redirect_uri": "https://evil.example/cb"}, "invalid_callback"),
        ({"redirect_uri": CALLBACK + "?a=b"}, "invalid_callback"),
        ({"redirect_uri": CALLBACK + "/"}, "invalid_callback"),
        ({"redirect_uri": CALLBACK + "/.."}, "invalid_callback"),
        ({"redirect_uri": CALLBACK + "#"}, "invalid_callback"),
        ({"redirect_uri": "javascript:alert(1)"}, "invalid_callback"),
        ({"redirect_uri": "https://evil@app.example/cb"}, "invalid_callback"),
        ({"redirect_uri": "\0"}, "invalid_request"),
    ],
)
@pytest.mark.parametrize("prompt", [None, "none"])
async def test_an_untrusted_request_gets_a_page(
    server: Server, tab: Tab, changed: dict[str, str | None], code: str, prompt: str | None
) -> None:
    """An unknown client or redirect URI is a page with 400 and never a redirect."""
    owner = await server.client()
    good: dict[str, str | None] = {**parameters(owner.client_id), "prompt": prompt}
    query = {name: value for name, value in (good | changed).items() if value is not None}

    for page in (
        await tab.http.get("/authorize", params=query),
        await tab.http.post("/authorize", data=query),
    ):
        assert page.status_code == 400
        assert "location" not in page.headers
        assert page.headers["content-type"].startswith("text/html")
        assert code in page.text
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]


async def test_nothing_of_an_untrusted_request_is_reflected(tab: Tab) -> None:
    """The error page shows no HTML of the request's."""
    query = parameters("<script>alert(1)</script>", redirect_uri='"><img src=x>')
    page = await tab.http.get("/authorize", params=query)
    assert "<script>alert" not in page.text
    assert "<img" not in page.text


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
async def test_what_decides_the_target_may_not_be_repeated(
    server: Server, tab: Tab, name: str
) -> None:
    """A repeated client_id or redirect_uri is a page, even with the same value twice."""
    owner = await server.client()
    query = parameters(owner.client_id)
    text = urlencode([*query.items(), (name, query[name])])
    page = await tab.http.get(f"/authorize?{text}")
    assert page.status_code == 400
    assert "came twice" in page.text


async def test_several_redirect_uris_and_none_named_is_a_page(server: Server, tab: Tab) -> None:
    """Without redirect_uri there must be exactly one to choose from."""
    several = await server.client(redirect_uris=(CALLBACK, "https://app.example/other"))
    await tab.authorize(several.client_id, redirect_uri=None)
    assert tab.page.status_code == 400
    single = await server.client()
    await tab.authorize(single.client_id, redirect_uri=None)
    assert tab.at == "/signin"


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"scope": "nobody:knows"}, "invalid_scope"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"nonce": "\0"}, "invalid_request"),
        ({"request": "x"}, "request_not_supported"),
        ({"prompt": "none"}, "login_required"),
    ],
)
async def test_other_errors_go_to_the_application(
    server: Server, tab: Tab, changed: dict[str, str | None], error: str
) -> None:
    """Once the redirect URI is verified, errors go there with state and iss."""
    owner = await server.client()
    await tab.authorize(owner.client_id, **changed)
    assert tab.back["error"] == error
    assert (tab.back["state"], tab.back["iss"]) == ("the state", ISSUER)
    assert "code" not in tab.back


async def test_a_client_without_the_grant_type_is_told_so(server: Server, tab: Tab) -> None:
    """A key without the Code grant type cannot start the flow."""
    owner = await server.client(grant_types=frozenset({"client_credentials"}))
    await tab.authorize(owner.client_id)
    assert tab.back["error"] == "unauthorized_client"


async def test_the_state_comes_back_byte_by_byte(server: Server, tab: Tab) -> None:
    """Whatever bytes the state has, they come back through sign-in and consent."""
    owner = await server.client()
    state = b"\xff\x00 %+&=\xc3\xa9"
    query = urlencode([*parameters(owner.client_id, state=None).items(), ("state", state)])
    await tab.open(f"/authorize?{query}")
    await tab.sign_in()
    await tab.decide()
    found = parse_qs(urlsplit(tab.page.headers["location"]).query, encoding="latin-1")
    assert found["state"] == [state.decode("latin-1")]


async def test_a_query_of_the_redirect_uri_is_kept(server: Server, tab: Tab) -> None:
    """A registered query stays in front of what is appended."""
    target = "https://app.example/cb?tenant=a%2Fb"
    owner = await server.client(redirect_uris=(target,))
    await tab.authorize(owner.client_id, redirect_uri=target, prompt="none")
    assert tab.page.headers["location"].startswith(target + "&error=login_required&")


async def test_the_parameters_may_come_by_post(server: Server, tab: Tab) -> None:
    """A POST from another site ends at the same step as the link would."""
    owner = await server.client()
    await tab.send("/authorize", parameters(owner.client_id), origin="https://app.example")
    assert tab.at == "/signin"
    await tab.sign_in()
    await tab.decide()
    await tab.send("/authorize", parameters(owner.client_id))
    assert tab.back["code"]


async def test_a_signed_in_user_who_agreed_goes_straight_through(server: Server, tab: Tab) -> None:
    """The second request needs no page at all, and prompt=none succeeds."""
    client_id = await signed_in(server, tab)
    for prompt in (None, "none"):
        page = await tab.http.get("/authorize", params=parameters(client_id, prompt=prompt))
        assert page.status_code == 303
        assert page.headers["location"].startswith(CALLBACK + "?code=glac_")


async def test_prompt_none_without_consent_is_an_error(server: Server, tab: Tab) -> None:
    """prompt=none never shows the consent page."""
    await signed_in(server, tab)
    owner = await server.client()
    await tab.authorize(owner.client_id, prompt="none")
    assert tab.back["error"] == "consent_required"


async def test_prompt_login_asks_for_the_password_again(server: Server, tab: Tab) -> None:
    """prompt=login signs in anew once, then goes on, with a new auth_time."""
    client_id = await signed_in(server, tab)
    server.now += 100
    await tab.authorize(client_id, prompt="login")
    assert tab.at == "/signin"
    assert 'value="jsmith"' in tab.page.text
    await tab.sign_in()
    assert tab.back["code"]


async def test_max_age_asks_again_once_the_sign_in_is_too_old(server: Server, tab: Tab) -> None:
    """max_age counts from the last sign-in; zero always asks, and asking once is enough."""
    client_id = await signed_in(server, tab)
    server.now += 60
    await tab.authorize(client_id, max_age="60")
    assert tab.back["code"]
    server.now += 1
    await tab.authorize(client_id, max_age="60", prompt="none")
    assert tab.back["error"] == "login_required"
    await tab.authorize(client_id, max_age="60")
    assert tab.at == "/signin"
    await tab.authorize(client_id, max_age="0")
    server.now += 30
    await tab.sign_in()
    assert tab.back["code"]


async def test_select_account_offers_who_is_signed_in(server: Server, tab: Tab) -> None:
    """prompt=select_account shows the account; choosing it goes on without a password."""
    client_id = await signed_in(server, tab)
    await tab.authorize(client_id, prompt="select_account")
    assert tab.at == "/signin"
    assert "Continue as" in tab.page.text
    await tab.submit("/signin", decision="continue")
    assert tab.back["code"]


async def test_choosing_an_account_is_no_sign_in(server: Server, tab: Tab) -> None:
    """With prompt=login as well, choosing the account does not spare the password."""
    client_id = await signed_in(server, tab)
    await tab.authorize(client_id, prompt="login select_account")
    await tab.submit("/signin", decision="continue")
    assert tab.at == "/signin"
    await tab.sign_in()
    assert tab.back["code"]


async def test_nobody_chooses_without_a_session(server: Server, tab: Tab) -> None:
    """Going on as nobody ends at the sign-in form; without the token it is refused."""
    owner = await server.client()
    await tab.authorize(owner.client_id, prompt="select_account")
    await tab.submit("/signin", decision="continue")
    assert tab.at == "/signin"
    await tab.send("/signin", tab.fields() | {"decision": "continue", "csrf_token": ""})
    assert tab.page.status_code == 403


async def test_a_session_idle_for_too_long_counts_no_longer(server: Server, tab: Tab) -> None:
    """A user's session ends after twelve hours."""
    client_id = await signed_in(server, tab)
    server.now += 12 * 3600
    await tab.authorize(client_id)
    assert tab.at == "/signin"


@pytest.mark.parametrize("row_id", [0, 2**63 - 1, 2**63, 2**64 - 1])
async def test_an_invented_session_is_nobody(server: Server, tab: Tab, row_id: int) -> None:
    """A well-formed cookie with any row number is an anonymous visitor's."""
    owner = await server.client()
    cookie = opaque.write(opaque.USER_SESSION, row_id, b"x" * 32)
    tab.http.cookies.set("__Host-gatelodge-user", cookie, domain="login.example", path="/")
    await tab.authorize(owner.client_id)
    assert tab.at == "/signin"


async def test_a_redirect_uri_removed_meanwhile_gets_nothing(server: Server, tab: Tab) -> None:
    """A page that stayed open does not lead to a callback URL that was removed since."""
    owner = await server.client()
    await tab.authorize(owner.client_id)
    await tab.sign_in()
    form = tab.fields()
    await server.store.write(clients.remove, owner.id)
    fresh = Server(server.store, type(server.live)(server.store, server.live._loaders))
    late = Tab(pages_of(fresh), tab.http.cookies)
    await late.send("/consent", form | {"decision": "allow"})
    assert late.page.status_code == 400
    assert "location" not in late.page.headers


async def test_too_many_parameters_are_a_page(server: Server, tab: Tab) -> None:
    """Hundreds of parameters, or 1 MB of them, are refused before they are looked at."""
    page = await tab.http.get("/authorize?" + "a=b&" * 300)
    assert page.status_code == 400
    page = await tab.http.post("/authorize", data={"state": "x" * 1_000_000})
    assert page.status_code == 413
