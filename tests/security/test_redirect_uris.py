"""Where codes and errors may be sent; the lines of docs/security.md."""

import httpx2
import pytest

from tests.portal.browsing import add_application, submit
from tests.portal.browsing import sign_in as sign_in_to_portal
from tests.security.victims import (
    CALLBACK,
    Operator,
    ask,
    back,
    consent_page,
    decide,
    is_page,
    question,
    shown,
    sign_in,
)

QUERY = "https://app.example/cb?x=1"
LOOPBACK = "http://127.0.0.1/cb"
LOOPBACK_6 = "http://[::1]/cb"
APP = "com.example.app:/cb"
EVIL = "https://evil.example/cb"

LOOK_ALIKES = {
    2: (CALLBACK + "?extra=1", QUERY + "&extra=1", QUERY + "%26extra=1"),
    3: (
        CALLBACK + "/x",
        CALLBACK + "/..",
        CALLBACK + "/%2e%2e",
        "https://app.example//cb",
        CALLBACK + "/",
        "https://app.example/CB",
        "https://app.example/x/../cb",
    ),
    4: (
        CALLBACK + ";p",
        "https://evil@app.example/cb",
        "https://app.example@evil.example/cb",
        "https://app.example\\@evil.example/cb",
        CALLBACK + "#x",
        CALLBACK + "#",
    ),
    5: (
        "https://x.app.example/cb",
        "https://app.example.evil.example/cb",
        "https://app.example./cb",
        "https://*.example/cb",
        "https://аpp.example/cb",  # noqa: RUF001 - a Cyrillic letter is the attack
        "https://app.example\r\n.evil.example/cb",
        " " + CALLBACK,
        CALLBACK + "\n",
    ),
    6: (
        "https://app.example:8443/cb",
        "https://app.example:443/cb",
        "http://127.0.0.1:8000/other",
        "http://127.0.0.1:8000@evil.example/cb",
        "http://127.0.0.1:99999/cb",
        "http://127.0.0.2:8000/cb",
        "http://localhost:8000/cb",
        "https://127.0.0.1:8000/cb",
    ),
    7: ("http://app.example/cb",),
    8: ("com.example.app:/other", "com.example.app://cb", "com.example.application:/cb"),
    9: ("javascript:alert(1)//https://app.example/cb", "data:text/html,x", "file:///cb"),
}

UNREGISTRABLE = {
    4: ("https://evil@app.example/cb", CALLBACK + "#", CALLBACK + "#x"),
    5: ("https://*.app.example/cb", "https://app.example/*"),
    7: ("http://app.example/cb", "http://127.0.0.1.evil.example/cb", "http://0.0.0.0/cb"),
    8: ("myapp:/cb", "myapp://cb"),
    9: (
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "file:///x",
        "vbscript:x",
    ),
}


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"prompt": "none"},
        {"response_type": "token"},
        {"scope": "forbidden"},
        {"code_challenge": None},
        {"request": "x"},
        {"client_id": "Unknown0a", "redirect_uri": CALLBACK},
        {"client_id": None, "redirect_uri": CALLBACK},
    ],
)
async def test_line_1_and_14_unregistered_is_a_page(
    http: httpx2.AsyncClient, operator: Operator, changed: dict[str, str | None]
) -> None:
    """1, 14. Unregistered ``redirect_uri`` or unknown client: a page, whatever else is wrong."""
    key = await operator.register()
    asked = {"redirect_uri": EVIL, **changed}
    assert is_page(await ask(http, key, **asked))
    assert is_page(await shown(http, await http.post("/authorize", data=question(key, **asked))))


@pytest.mark.parametrize("decision", ["allow", "deny"])
async def test_line_1_a_redirect_uri_that_is_gone_gets_neither_answer(
    http: httpx2.AsyncClient, operator: Operator, decision: str
) -> None:
    """1. Also for every error path: an address removed while the page was open gets no no."""
    key = await operator.register()
    page = await consent_page(http, key)
    await operator.move(key, "https://app.example/new")
    while not is_page(await ask(http, key)):
        pass  # the other process reads of it within a tenth of a second
    assert is_page(await decide(http, page, decision))


@pytest.mark.parametrize(
    ("line", "presented"), [(line, uri) for line, uris in LOOK_ALIKES.items() for uri in uris]
)
async def test_line_2_to_9_look_alikes_do_not_match(
    http: httpx2.AsyncClient, operator: Operator, line: int, presented: str
) -> None:
    """2-9. What is not a registered URI character by character is a page."""
    key = await operator.register(CALLBACK, QUERY, LOOPBACK, LOOPBACK_6, APP)
    assert is_page(await ask(http, key, redirect_uri=presented)), line


async def test_line_4_to_9_what_may_not_be_registered(http: httpx2.AsyncClient) -> None:
    """4, 5, 7, 8, 9. Fragments, wildcards, plain http and schemes without a dot are refused."""
    await sign_in_to_portal(http, "dev@example.com", "demo-developer-password")
    keys = f"{await add_application(http, 'Redirects')}/keys/production"
    for line, uris in UNREGISTRABLE.items():
        for uri in uris:
            form = [
                ("act", "save"),
                ("grant_types", "authorization_code"),
                ("redirect_uris", uri),
                ("code_lifetime", "60"),
                ("access_token_lifetime", "86400"),
                ("refresh_token_lifetime", "604800"),
            ]
            answer = await submit(http, keys, keys, form)
            assert (line, uri, answer.status_code) == (line, uri, 422)


@pytest.mark.parametrize(
    "presented",
    [
        CALLBACK,
        QUERY,
        APP,
        LOOPBACK,
        "http://127.0.0.1:49152/cb",
        "http://[::1]:8000/cb",
    ],
)
async def test_line_6_8_and_12_what_is_registered_is_kept_as_it_is(
    http: httpx2.AsyncClient, operator: Operator, presented: str
) -> None:
    """6, 8, 12. Loopback ports and dotted schemes work; a registered query stays in front."""
    key = await operator.register(CALLBACK, QUERY, LOOPBACK, LOOPBACK_6, APP)
    answer = await ask(http, key, redirect_uri=presented, prompt="none")
    glue = "&" if "?" in presented else "?"
    assert answer.headers["location"].startswith(f"{presented}{glue}error=login_required&")
    assert back(answer)["state"] == "the state"


async def test_line_10_none_sent(http: httpx2.AsyncClient, operator: Operator) -> None:
    """10. With several registered it is a page; the only one registered is taken."""
    several, single = await operator.register(CALLBACK, QUERY), await operator.register()
    assert is_page(await ask(http, several, redirect_uri=None))
    assert is_page(await ask(http, several, redirect_uri=""))
    answer = await ask(http, single, redirect_uri=None, prompt="none")
    assert answer.headers["location"].startswith(f"{CALLBACK}?error=login_required")


@pytest.mark.parametrize("second", [CALLBACK, EVIL])
@pytest.mark.parametrize("name", ["redirect_uri", "redirect%5Furi"])
async def test_line_11_two_redirect_uris(
    http: httpx2.AsyncClient, operator: Operator, name: str, second: str
) -> None:
    """11. Two ``redirect_uri`` parameters are refused, however the name is spelled."""
    query = httpx2.QueryParams(question(await operator.register()))
    assert is_page(await http.get(f"/authorize?{query}&{name}={second}"))


async def test_line_13_every_redirect_after_a_post_is_303(
    http: httpx2.AsyncClient, operator: Operator
) -> None:
    """13. A redirect that follows credentials uses 303, so that nobody is sent the form again."""
    key = await operator.register()
    posted = await http.post("/authorize", data=question(key))
    assert posted.status_code == 303
    page = await shown(http, posted)
    before = len(http.cookies)
    page = await sign_in(http, page)
    assert len(http.cookies) > before
    assert (await decide(http, page, "deny")).status_code == 303
    assert (await decide(http, page)).status_code == 303
