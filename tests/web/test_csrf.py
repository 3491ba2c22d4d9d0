"""Forms' tokens are bound to the browser and to the session."""

import pytest
from starlette.requests import Request
from starlette.responses import Response

from gatelodge.identity.sessions import Session
from gatelodge.web.csrf import Csrf, Forbidden
from gatelodge.web.forms import Form
from tests.web.requests import cookies_of, page_request

ORIGIN = "https://login.example"
COOKIE = "__Host-gatelodge-browser"
CSRF = Csrf(b"c" * 32, origin=ORIGIN, secure=True)


def visit(
    session_id: int | None = None,
    cookie: str | None = None,
    headers: dict[str, str] | None = None,
) -> Request:
    """Return a request of a browser, in a session if it has one."""
    request = page_request(cookies={COOKIE: cookie} if cookie else None, headers=headers)
    if session_id is not None:
        request.state.session = Session(
            id=session_id,
            digest=b"",
            kind="developer",
            subject_id=1,
            auth_time=0,
            amr=(),
            created_at=0,
            seen_at=0,
            expires_at=0,
            address="",
            user_agent="",
        )
    return request


def shown(session_id: int | None = None) -> tuple[str, str]:
    """Show a page to a new browser; return its cookie and its form's token."""
    request = visit(session_id)
    token = CSRF.token(request)
    assert CSRF.token(request) == token
    response = Response()
    CSRF.remember(request, response)
    return cookies_of(response)[COOKIE], token


def send(request: Request, token: str, *, session_bound: bool = True) -> None:
    """Send the form."""
    CSRF.check(request, Form({"csrf_token": [token]}), session_bound=session_bound)


def refused(request: Request, token: str, *, session_bound: bool = True) -> bool:
    """Say whether the form is refused."""
    try:
        send(request, token, session_bound=session_bound)
    except Forbidden:
        return True
    return False


def test_our_own_form_is_taken() -> None:
    """With its cookie, anonymous or in the session it was shown in; no new cookie is needed."""
    cookie, token = shown()
    send(visit(cookie=cookie), token)
    request = visit(5, cookie)
    send(request, CSRF.token(request))
    response = Response()
    CSRF.remember(request, response)
    assert cookies_of(response) == {}


def test_without_token_or_cookie_it_is_refused() -> None:
    """Nothing, half of it, or something of the right shape."""
    cookie, token = shown()
    assert refused(visit(cookie=cookie), "")
    assert refused(visit(), token)
    assert refused(visit(cookie=cookie), "0.")
    assert refused(visit(cookie=cookie), token[:-1])
    assert refused(visit(cookie=cookie), "0" + token)
    assert refused(visit(cookie="short"), CSRF._mac("short", "0"))
    with pytest.raises(Forbidden):
        CSRF.check(visit(cookie=cookie), Form({}))


def test_another_browsers_token_is_refused() -> None:
    """An attacker's own token is worth nothing elsewhere."""
    cookie, _ = shown()
    _, foreign = shown()
    assert refused(visit(cookie=cookie), foreign)


def test_another_sessions_token_is_refused() -> None:
    """A page shown before signing in, or in an earlier session, cannot act in this one."""
    cookie, anonymous = shown()
    earlier = CSRF.token(visit(5, cookie))
    assert refused(visit(6, cookie), anonymous)
    assert refused(visit(6, cookie), earlier)
    assert refused(visit(6, cookie), earlier.replace("5.", "6."))
    assert not refused(visit(6, cookie), anonymous, session_bound=False)


@pytest.mark.parametrize("site", ["cross-site", "same-site", "nonsense", ""])
def test_a_browser_that_says_another_site_is_believed(site: str) -> None:
    """Even the site next door, and with a good token."""
    cookie, token = shown()
    assert refused(visit(cookie=cookie, headers={"sec-fetch-site": site}), token)


@pytest.mark.parametrize(
    ("headers", "taken"),
    [
        ({"sec-fetch-site": "same-origin", "origin": "null"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"origin": ORIGIN}, True),
        ({"origin": "null"}, True),
        ({"origin": "https://127.0.0.1:8080", "host": "127.0.0.1:8080"}, True),
        ({"origin": "https://evil.example", "host": "login.example"}, False),
        ({"origin": "evil", "host": "login.example"}, False),
        ({"origin": ORIGIN + ".evil.example"}, False),
    ],
)
def test_where_the_form_comes_from(headers: dict[str, str], taken: bool) -> None:  # noqa: FBT001 - a table's column
    """Our origin, the host asked for, or nothing said; never another origin."""
    cookie, token = shown()
    assert refused(visit(cookie=cookie, headers=headers), token) is not taken
