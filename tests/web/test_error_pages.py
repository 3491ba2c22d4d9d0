"""What pages raise becomes a page, a redirect to the application, or a fault of ours."""

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, Router

from gatelodge.catalog.errors import Conflict, NoSuch
from gatelodge.identity.errors import InviteRefused, PoolFull
from gatelodge.oauth.errors import AccessDenied, PageError, RedirectError
from gatelodge.settings import Settings
from gatelodge.storage.errors import StoreUnavailable
from gatelodge.web.csrf import Csrf, Forbidden
from gatelodge.web.errors import ErrorPages
from gatelodge.web.http import ASGIApp, ClientGone, MethodNotAllowed, Receive, Scope, Send
from gatelodge.web.pages import Pages
from tests.authserver.asgi import Answer, call

ISSUER = "https://login.example"
SETTINGS = Settings(base_url=ISSUER)
PAGES = Pages(SETTINGS, Csrf(b"c" * 32, origin=ISSUER, secure=True))


def raising(error: Exception) -> ASGIApp:
    """Return an application that raises."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        raise error

    return ErrorPages(application, PAGES.render, ISSUER)


async def answer_to(error: Exception) -> Answer:
    """Return what becomes of an exception."""
    return await call(raising(error), "GET", headers={"host": "login.example"})


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (PageError("invalid_client", "No <such> client."), 400, "No &lt;such&gt; client."),
        (Forbidden(), 403, "out of date"),
        (NoSuch("application"), 404, "There is no such application."),
        (Conflict("Not now."), 409, "Not now."),
        (InviteRefused(), 410, "used already or has expired"),
        (PoolFull(), 503, "Too many people"),
        (StoreUnavailable("a secret place"), 503, "does not answer"),
        (HTTPException(404), 404, "There is nothing here"),
        (ValueError("a secret value"), 500, "The fault is ours"),
    ],
)
async def test_people_see_a_page(error: Exception, status: int, text: str) -> None:
    """Each has its status and its sentence, and says nothing about our insides."""
    answer = await answer_to(error)
    assert answer.status == status
    assert text in answer.body.decode()
    assert b"secret" not in answer.body
    assert answer.header("content-type") == "text/html; charset=utf-8"
    assert "frame-ancestors 'none'" in (answer.header("content-security-policy") or "")
    assert (answer.header("retry-after") == "1") is (status == 503)


async def test_headers_of_the_error_go_along() -> None:
    """405 says which methods there are."""
    answer = await answer_to(MethodNotAllowed({"GET"}))
    assert (answer.status, answer.header("allow")) == (405, "GET")


async def test_the_application_is_told_by_redirect() -> None:
    """An error for a verified redirect URI goes there with 303, state and issuer."""
    answer = await answer_to(RedirectError(AccessDenied(), "https://app.example/cb?a=b", b"s"))
    assert answer.status == 303
    assert answer.header("location") == (
        "https://app.example/cb?a=b&error=access_denied"
        "&error_description=User+denied+the+consent&state=s&iss=https%3A%2F%2Flogin.example"
    )


async def test_nobody_waits_for_an_answer() -> None:
    """A browser that went away gets none."""
    sent: list[object] = []

    async def send(message: object) -> None:
        sent.append(message)

    async def receive() -> dict[str, object]:
        return {"type": "http.disconnect"}

    scope: Scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    await raising(ClientGone())(scope, receive, send)
    assert sent == []


async def test_an_answer_that_has_begun_is_not_repaired() -> None:
    """An error after the first byte can only end the connection."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("half")(scope, receive, send)
        raise ValueError("late")

    with pytest.raises(ValueError, match="late"):
        await call(ErrorPages(application, PAGES.render, ISSUER), "GET")


async def test_a_routers_own_errors_are_pages_too() -> None:
    """Unknown paths and methods look like the rest of the site."""

    async def page(_: Request) -> PlainTextResponse:
        return PlainTextResponse("a page")

    router = Router([Route("/known", page), Route("/", page, methods=["POST"])])
    app = ErrorPages(router, PAGES.render, ISSUER)
    answer = await call(app, "GET", headers={"host": "login.example"})
    assert (answer.status, answer.header("allow")) == (405, "POST")
    assert b"does not take that kind of request" in answer.body
