"""Every request has an identifier of its own, and every answer says it."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse

from gatelodge.web.http import Receive, Scope, Send
from gatelodge.web.middleware import RequestId
from tests.authserver.asgi import call


async def _echo(scope: Scope, receive: Receive, send: Send) -> None:
    request = Request(scope, receive)
    own = {"x-content-type-options": "own"} if request.headers.get("own") else {}
    await PlainTextResponse(request.state.request_id, headers=own)(scope, receive, send)


async def test_the_identifier_is_fresh_whatever_the_caller_says() -> None:
    """The answer carries what the application saw, never what the request brought."""
    app = RequestId(_echo, secure=False)
    first = await call(app, "GET", headers={"x-request-id": "chosen"})
    second = await call(app, "GET")
    assert first.header("x-request-id") == first.body.decode() != "chosen"
    assert first.body != second.body
    assert len(first.body) == 32


async def test_browsers_are_told_not_to_guess_and_to_stay_with_tls() -> None:
    """Nosniff unless the answer speaks for itself; HSTS over TLS only."""
    plain = await call(RequestId(_echo, secure=False), "GET", headers={"own": "yes"})
    assert plain.header("x-content-type-options") == "own"
    assert plain.header("strict-transport-security") is None
    secure = await call(RequestId(_echo, secure=True), "GET")
    assert secure.header("x-content-type-options") == "nosniff"
    assert secure.header("strict-transport-security") == "max-age=31536000"


async def test_other_messages_pass() -> None:
    """The lifespan reaches the application untouched."""
    seen = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)

    scope: Scope = {"type": "lifespan"}
    await RequestId(application, secure=False)(scope, _nothing, _nobody)
    assert seen == [{"type": "lifespan"}]


async def _nothing() -> dict[str, object]:
    return {}


async def _nobody(_: object) -> None:
    return None
