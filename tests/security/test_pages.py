"""Mix-up, forged and framed pages, injection, phishing; the lines of docs/security.md."""

import html
import re
from collections.abc import AsyncIterator

import httpx2
import pytest

from tests.flows.signing_in import USER, hidden_fields
from tests.portal.browsing import sign_in as sign_in_to_portal
from tests.security.victims import (
    CALLBACK,
    VERIFIER,
    Operator,
    agreed,
    ask,
    back,
    consent_page,
    decide,
    error,
    is_page,
    question,
    redeem,
    shown,
    sign_in,
)
from tests.serving import Server

OTHER_USER = "ajones@vbc.prod"
_SOURCE = re.compile(r'<(?:script|link|img|iframe|source)[^>]*?(?:src|href)="([^"]+)"')
_MARK = "<script>alert(1)</script>"


@pytest.fixture
async def thief(demo: Server) -> AsyncIterator[httpx2.AsyncClient]:
    """The attacker's own browser."""
    async with httpx2.AsyncClient(base_url=demo.base_url, timeout=30) as client:
        yield client


@pytest.mark.parametrize("prefix", ["", "/oauth2", "/t/vbc.prod/oauth2"])
async def test_line_88_every_answer_names_its_issuer(
    http: httpx2.AsyncClient, operator: Operator, prefix: str
) -> None:
    """88. Code, refusal and error carry the ``iss`` of the metadata, by every alias."""
    issuer = (await http.get("/.well-known/oauth-authorization-server")).json()["issuer"]
    key = await operator.register()
    failed = await http.get(f"{prefix}/authorize", params=question(key, scope="forbidden"))
    silent = await http.get(f"{prefix}/authorize", params=question(key, prompt="none"))
    page = await consent_page(http, key)
    denied = await decide(http, page, "deny")
    allowed = await decide(http, page)
    for answer in (failed, silent, denied, allowed):
        assert back(answer)["iss"] == issuer


@pytest.mark.parametrize(
    "state", ["%00%ff%fe", "%0d%0aSet-Cookie:%20x=y", "a%26code%3Dstolen%23", "%C3%BC%20%2B+%25"]
)
async def test_line_89_the_state_is_the_clients(
    http: httpx2.AsyncClient, operator: Operator, state: str
) -> None:
    """89. Whatever bytes ``state`` has come back, in errors too, and make no header or field."""
    key = await operator.register()
    query = httpx2.QueryParams(question(key, state=None, prompt="none"))
    answer = await http.get(f"/authorize?{query}&state={state}")
    sent = re.search(r"[?&]state=([^&]*)", answer.headers["location"])
    assert sent is not None
    raw = {value: httpx2.QueryParams(f"s={value}")["s"] for value in (sent[1], state)}
    assert raw[sent[1]] == raw[state]
    assert "set-cookie" not in answer.headers
    assert "code=" not in answer.headers["location"].replace("code%3D", "")


async def test_line_90_and_91_an_injected_code(
    http: httpx2.AsyncClient, thief: httpx2.AsyncClient, operator: Operator
) -> None:
    """90, 91. A code of the attacker's session fails in the victim's by its challenge."""
    key = await operator.register()
    other = "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA"
    stolen = (await agreed(thief, key, OTHER_USER, code_challenge=other))["code"]
    answer = await redeem(http, key, stolen, code_verifier=VERIFIER)
    assert error(answer) == (400, "invalid_grant")
    code = (await agreed(http, key, nonce="n-0S6_WzA2Mj"))["code"]
    id_token = (await redeem(http, key, code)).json()["id_token"]
    form = key.form(token=id_token)
    assert (await http.post("/introspect", data=form)).json() == {"active": False}


@pytest.mark.parametrize("wrong", ["", "x", "thief's"])
async def test_line_92_forms_belong_to_a_browser(
    http: httpx2.AsyncClient, thief: httpx2.AsyncClient, operator: Operator, wrong: str
) -> None:
    """92. Sign-in, consent, sign-out and portal sign-in refuse a missing or foreign token."""
    key = await operator.register()
    theirs = await consent_page(thief, key, OTHER_USER)
    text = hidden_fields(theirs.text)["csrf_token"] if wrong == "thief's" else wrong
    consent = await consent_page(http, key)
    forged = {"request": hidden_fields(consent.text)["request"], "csrf_token": text}
    forms = {
        "/consent": {**forged, "decision": "allow"},
        "/signin": {**forged, "username": USER, "password": "demo-user-password"},
        "/signout": {"csrf_token": text, "decision": "signout"},
        "/login": {
            "csrf_token": text,
            "email": "dev@example.com",
            "password": "demo-developer-password",
        },
    }
    sign_in_page = await shown(thief, await ask(thief, key, prompt="login"))
    forms["/signin"]["request"] = hidden_fields(sign_in_page.text)["request"]
    for path, form in forms.items():
        answer = await http.post(path, data=form)
        assert (path, answer.status_code) == (path, 403)
        assert "location" not in answer.headers


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_line_92_what_another_site_sends(
    http: httpx2.AsyncClient, operator: Operator, headers: dict[str, str]
) -> None:
    """92. A consent that the browser says another site sent is refused, good token or not."""
    page = await consent_page(http, await operator.register())
    form = hidden_fields(page.text) | {"decision": "allow"}
    assert (await http.post("/consent", data=form, headers=headers)).status_code == 403


async def test_line_93_a_changed_consent(
    http: httpx2.AsyncClient, thief: httpx2.AsyncClient, operator: Operator
) -> None:
    """93. Fields beside the sealed request change nothing; another's sealed request is refused."""
    key, evil = await operator.register(), await operator.register("https://evil.example/cb")
    page = await consent_page(http, key)
    form = hidden_fields(page.text) | {"decision": "allow"}
    extra = {
        "client_id": evil.consumer_key,
        "scope": "openid profile email",
        "redirect_uri": "https://evil.example/cb",
        "code_challenge": "B" * 43,
    }
    answer = await http.post("/consent", data=form | extra)
    assert answer.headers["location"].startswith(f"{CALLBACK}?code=")
    redeemed = (await redeem(http, key, back(answer)["code"])).json()
    assert redeemed["scope"] == "openid"
    theirs = await consent_page(thief, evil, OTHER_USER, redirect_uri="https://evil.example/cb")
    swapped = form | {"request": hidden_fields(theirs.text)["request"]}
    landed = await http.post("/consent", data=swapped)
    assert landed.headers.get("location", "").startswith("/consent?")
    changed = form | {"request": form["request"][:-6] + "AAAAAA"}
    assert is_page(await http.post("/consent", data=changed))


async def test_line_94_session_fixation(
    demo: Server, http: httpx2.AsyncClient, thief: httpx2.AsyncClient, operator: Operator
) -> None:
    """94. A cookie planted before the sign-in is worth nothing after it, on both doors."""
    key = await operator.register()
    await agreed(thief, key, OTHER_USER)
    planted = httpx2.Cookies(thief.cookies)
    http.cookies.update(planted)
    page = await shown(http, await ask(http, key, prompt="login"))
    await sign_in(http, page)
    await sign_in_to_portal(http, "dev@example.com", "demo-developer-password")
    name = next(each for each in planted if "user" in each and "known" not in each)
    assert http.cookies[name] != planted[name]
    async with httpx2.AsyncClient(base_url=demo.base_url, cookies=planted) as old:
        assert 'name="password"' in (await shown(old, await ask(old, key))).text


async def test_line_95_two_tabs(http: httpx2.AsyncClient, operator: Operator) -> None:
    """95. Two requests side by side in one browser both get their code and their own state."""
    one, two = await operator.register(), await operator.register()
    pages = [
        await shown(http, await ask(http, key, state=state))
        for key, state in ((one, "one"), (two, "two"))
    ]
    consents = [await sign_in(http, page) for page in pages]
    told = [back(await decide(http, page)) for page in consents]
    assert [each["state"] for each in told] == ["one", "two"]
    assert (await redeem(http, one, told[0]["code"])).status_code == 200
    assert (await redeem(http, two, told[1]["code"])).status_code == 200


async def test_line_97_and_98_no_frame_and_no_leak(
    demo: Server, http: httpx2.AsyncClient, operator: Operator
) -> None:
    """97, 98. No page can be framed, none sends a Referer, none takes anything from elsewhere."""
    key = await operator.register()
    sign_in_page = await shown(http, await ask(http, key))
    pages = [
        sign_in_page,
        await sign_in(http, sign_in_page),
        await shown(http, await ask(http, key, prompt="select_account")),
        await ask(http, key, redirect_uri="https://evil.example/"),
        *[
            await http.get(path)
            for path in ("/", "/login", "/signout", "/signin", "/consent", "/invite/x")
        ],
        await http.get("/callback-demo?code=x"),
        await http.get("/nothing"),
        await http.put("/signin"),
    ]
    await sign_in_to_portal(http, "dev@example.com", "demo-developer-password")
    pages += [await http.get(path) for path in ("/apis", "/applications", "/applications/new")]
    for page in pages:
        policy = page.headers.get("content-security-policy", "")
        assert "frame-ancestors 'none'" in policy, (page.url, page.status_code, page.text[:99])
        assert "default-src 'none'" in policy
        assert page.headers["x-frame-options"] == "DENY"
        assert page.headers["referrer-policy"] == "no-referrer"
        sources = [html.unescape(each) for each in _SOURCE.findall(page.text)]
        assert all(each.startswith(("/", demo.base_url)) for each in sources), sources
        assert not any(each.startswith("//") for each in sources)


async def test_line_99_and_100_who_asks(http: httpx2.AsyncClient, operator: Operator) -> None:
    """99, 100. Name (as text), owner, "not checked", host and each scope are on the page."""
    key = await operator.register(name=_MARK)
    page = await consent_page(http, key, scope="openid email")
    assert _MARK not in page.text
    assert html.escape(_MARK) in page.text
    for told in ("has not checked it", "app.example", "<code", "openid", "email", "jsmith@"):
        assert told in page.text


async def test_line_102_a_public_client_is_asked_about_again(
    http: httpx2.AsyncClient, operator: Operator
) -> None:
    """102. A yes to a public client on the device is not remembered; prompt=none gets none."""
    key = await operator.register("http://127.0.0.1/cb", type="public")
    loopback = {"redirect_uri": "http://127.0.0.1:4000/cb"}
    assert "code" in await agreed(http, key, **loopback)
    assert (await shown(http, await ask(http, key, **loopback))).status_code == 200
    silent = back(await ask(http, key, prompt="none", **loopback))
    assert silent["error"] == "consent_required"


async def test_line_103_accounts_are_not_told_apart_and_owners_not_locked_out(
    http: httpx2.AsyncClient, thief: httpx2.AsyncClient, operator: Operator
) -> None:
    """103. Refusals look the same for anybody, paused or not; a known browser is let in still."""
    key = await operator.register()
    victim = await operator.person()
    await agreed(http, key, victim)
    page = await shown(thief, await ask(thief, key))
    form = hidden_fields(page.text)
    answers: dict[str, list[tuple[int, str]]] = {}
    for login in (victim, "nobody-at-all@vbc.prod"):
        for _ in range(8):
            wrong = {**form, "username": login, "password": "guess"}
            answer = await thief.post("/signin", data=wrong)
            told = re.search(r'id="refusal">([^<]+)<', answer.text)
            assert told is not None, answer.text
            answers.setdefault(login, []).append((answer.status_code, told[1]))
    assert answers[victim] == answers["nobody-at-all@vbc.prod"]
    again = await shown(http, await ask(http, key, prompt="login"))
    assert 'name="password"' not in (await sign_in(http, again, victim)).text


@pytest.mark.parametrize(
    "address",
    [
        "/callback-demo?code={mark}&state={mark}",
        "/callback-demo?error={mark}&error_description={mark}",
        "/authorize?client_id={mark}",
        "/signin?request={mark}",
        "/{mark}",
        "/apis?search={mark}",
        "/login?next={mark}",
    ],
)
async def test_line_82_and_92_nothing_is_reflected(http: httpx2.AsyncClient, address: str) -> None:
    """82, 92. No page shows what came in its address as anything but text."""
    mark = str(httpx2.QueryParams({"": f'"{_MARK}'})).partition("=")[2]
    answer = await http.get(address.format(mark=mark))
    assert _MARK not in answer.text
    assert answer.status_code < 500


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example"])
async def test_line_98_signing_in_leads_nowhere_else(http: httpx2.AsyncClient, target: str) -> None:
    """98. The portal's way back after signing in stays on this site."""
    page = await http.get("/login", params={"next": target})
    form = hidden_fields(page.text)
    form |= {"email": "dev@example.com", "password": "demo-developer-password"}
    answer = await http.post("/login", params={"next": target}, data=form)
    location = answer.headers["location"]
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\"))
