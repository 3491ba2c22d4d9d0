"""The lean request and reply: headers, bodies, methods, and callers who leave."""

import pytest

from gatelodge.oauth.errors import InvalidGrant
from gatelodge.web.errors import reply_for
from gatelodge.web.http import (
    BadRequest,
    ClientGone,
    Message,
    Reply,
    Request,
    Scope,
    TooLarge,
    asgi,
    json_reply,
)
from tests.authserver.asgi import call


def scope(**changed: object) -> Scope:
    """The scope of a GET request."""
    return {"type": "http", "method": "GET", "path": "/x", "headers": [], **changed}


def request(*messages: Message, **changed: object) -> Request:
    """A request with these messages to come."""
    waiting = list(messages)

    async def receive() -> Message:
        return waiting.pop(0)

    return Request(scope(**changed), receive)


def part(body: bytes, *, more: bool = False) -> Message:
    """One message of a body."""
    return {"type": "http.request", "body": body, "more_body": more}


async def echo(asked: Request) -> Reply:
    """Say what was asked."""
    return json_reply({"method": asked.method, "body": (await asked.body()).decode()})


POST_ONLY = asgi(echo, methods=frozenset({"POST"}), refuse=reply_for)


def test_a_request_says_what_the_server_knows() -> None:
    """And copes with servers that do not know everything."""
    asked = request(query_string=b"a=b", client=("10.0.0.1", 5), state={"request_id": "id"})
    assert (asked.method, asked.path, asked.query) == ("GET", "/x", b"a=b")
    assert (asked.address, asked.request_id) == ("10.0.0.1", "id")
    bare = request()
    assert (bare.query, bare.address, bare.request_id) == (b"", "", "")


def test_headers_that_decide_must_not_be_repeated() -> None:
    """Others may, and the last one counts."""
    headers = [(b"authorization", b"a"), (b"x", b"1"), (b"authorization", b"b"), (b"x", b"2")]
    asked = request(headers=headers)
    assert asked.header(b"x") == b"2"
    assert asked.header(b"y") is None
    with pytest.raises(BadRequest):
        asked.header(b"authorization")


async def test_a_body_is_read_to_its_end_and_limit() -> None:
    """In whatever pieces it comes."""
    assert await request(part(b"ab", more=True), part(b"c")).body(limit=3) == b"abc"
    with pytest.raises(TooLarge):
        await request(part(b"ab", more=True), part(b"cd", more=True)).body(limit=3)


async def test_a_caller_who_leaves_is_noticed() -> None:
    """Nobody is answered."""
    gone: Message = {"type": "http.disconnect"}
    with pytest.raises(ClientGone):
        await request(part(b"a", more=True), gone).body()
    sent: list[Message] = []

    async def receive() -> Message:
        return gone

    async def send(message: Message) -> None:
        sent.append(message)

    await POST_ONLY(scope(method="POST"), receive, send)
    assert sent == []


async def test_an_endpoint_answers_its_methods() -> None:
    """Others are 405 with Allow; HEAD goes with GET; OPTIONS needs a preflight."""
    assert (await call(POST_ONLY, "POST", body=b"b")).json() == {"method": "POST", "body": "b"}
    for method in ("GET", "HEAD", "OPTIONS", "TRACE"):
        answer = await call(POST_ONLY, method)
        assert (answer.status, answer.header("allow")) == (405, "POST")
    both = asgi(echo, methods=frozenset({"GET"}), refuse=reply_for, preflight=echo)
    assert (await call(both, "HEAD")).status == 200
    assert (await call(both, "OPTIONS")).status == 200


async def test_headers_for_whatever_answer_go_onto_errors_too() -> None:
    """An endpoint may set them before it knows how things end."""

    async def refusing(asked: Request) -> Reply:
        asked.answer_headers = ((b"x-told", b"yes"),)
        raise InvalidGrant

    answer = await call(asgi(refusing, methods=frozenset({"GET"}), refuse=reply_for), "GET")
    assert (answer.status, answer.header("x-told")) == (400, "yes")
