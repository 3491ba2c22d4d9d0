"""What is sent to a token endpoint, and which answers are believed."""

import base64
import logging

import httpx2
import pytest

from gatelodge_client import token_endpoint
from gatelodge_client.errors import (
    BadTokenAnswer,
    ClientRefused,
    GatelodgeError,
    SignInFailed,
    Throttled,
    UpstreamError,
)
from gatelodge_client.tokens import TokenSet
from tests.sdk.scripted import TOKEN_URL, fault, oauth_error, settings, tokens

NOW = 1_800_000_000.0
PAGE = "<html><title>Sign in to the network</title>"
XML = (
    '<ams:fault xmlns:ams="http://wso2.org/apimanager/security"><ams:code>900901</ams:code>'
    "<ams:message>Invalid Credentials</ams:message></ams:fault>"
)


def read(answer: httpx2.Response, scope: str = "openid") -> TokenSet:
    """Read an answer as that of the test's token endpoint."""
    answer.request = httpx2.Request("POST", TOKEN_URL)
    return token_endpoint.read(answer, settings(), scope, NOW)


def test_answer_in_full() -> None:
    """Every field is kept, the life becomes an end by this machine's clock."""
    held = read(tokens(id_token="a.b.c", expires_in=82566))
    assert held == TokenSet(
        access_token="access-secret-1",
        token_url=TOKEN_URL,
        obtained_at=NOW,
        expires_at=NOW + 82566,
        refresh_token="refresh-secret-1",
        id_token="a.b.c",
        scope="openid",
    )


@pytest.mark.parametrize(
    ("answer", "expires_at", "scope"),
    [
        (tokens(expires_in="3600", token_type="bearer"), NOW + 3600, "openid"),
        (tokens(expires_in=None, scope=None, token_type=None), NOW + 3600, "openid"),
        (tokens(expires_in=-5, scope="dummy"), NOW, "dummy"),
    ],
)
def test_answers_vary(answer: httpx2.Response, expires_at: float, scope: str) -> None:
    """A life as text or none at all, another scope or none: told in the tokens, never an error."""
    held = read(answer)
    assert (held.expires_at, held.scope) == (expires_at, scope)


def test_another_scope_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """A scope that was not asked for is said in the log, without any value of a token."""
    caplog.set_level(logging.INFO)
    read(tokens(scope="default"))
    assert "asked for scope 'openid', granted 'default'" in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize(
    "answer",
    [
        httpx2.Response(200, html=PAGE),
        httpx2.Response(200, content=tokens().content[:-20]),
        httpx2.Response(200, json={"token_type": "Bearer"}),
        httpx2.Response(200, json={"access_token": " ", "token_type": "Bearer"}),
        httpx2.Response(200, json={"access_token": None}),
        httpx2.Response(200, json=["access_token"]),
        httpx2.Response(200, json={"access_token": "x", "token_type": "mac"}),
        httpx2.Response(200, content=b""),
        httpx2.Response(204),
        httpx2.Response(302, headers={"location": "https://elsewhere.example/"}),
        httpx2.Response(404, html=PAGE),
        fault(401, "900901", "Invalid Credentials"),
        httpx2.Response(401, content=XML.encode()),
        httpx2.Response(403, json={"fault": {"code": 900908, "message": "Resource forbidden "}}),
    ],
)
def test_what_is_no_token_answer(answer: httpx2.Response) -> None:
    """Pages, cut-off bodies, redirects and gateway faults are errors that say where to look."""
    with pytest.raises(BadTokenAnswer) as failed:
        read(answer)
    assert "Check token_url" in str(failed.value)
    assert "<html>" not in str(failed.value)


def test_gateway_fault_keeps_its_code() -> None:
    """The code of a fault in XML or JSON, as number or text, is in the error."""
    for answer in (
        httpx2.Response(401, content=XML.encode(), headers={"x-request-id": "r-1"}),
        httpx2.Response(401, json={"fault": {"code": 900901}}, headers={"x-request-id": "r-1"}),
    ):
        with pytest.raises(BadTokenAnswer) as failed:
            read(answer)
        assert (failed.value.code, failed.value.request_id) == ("900901", "r-1")


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (oauth_error("invalid_client", "Client Authentication failed.", 401), ClientRefused, None),
        (oauth_error("invalid_grant", "17003 The account is locked"), SignInFailed, None),
        (oauth_error("unauthorized_client"), SignInFailed, None),
        (oauth_error("server_error", status=500), UpstreamError, None),
        (httpx2.Response(502, html=PAGE), UpstreamError, ""),
        (httpx2.Response(429), Throttled, ""),
        (fault(200, "900803", "Message throttled out"), Throttled, "900803"),
    ],
)
def test_refusals(answer: httpx2.Response, kind: type[GatelodgeError], code: str | None) -> None:
    """Each refusal is an error of its own branch, with the wire's code."""
    with pytest.raises(kind) as failed:
        read(answer)
    expected = answer.json()["error"] if code is None else code or None
    assert failed.value.code == expected


def test_secret_in_the_header() -> None:
    """Both halves of the Basic pair are form-encoded first (RFC 6749 section 2.3.1)."""
    odd = settings(client_secret="a:b c+é")
    request = token_endpoint.request(odd, TOKEN_URL, {"grant_type": "client_credentials"})
    pair = base64.b64decode(request.headers["authorization"].removeprefix("Basic "))
    assert pair == b"ConsumerKey0a:a%3Ab%20c%2B%C3%A9"
    assert request.content == b"grant_type=client_credentials"


def test_secret_in_the_body() -> None:
    """With client_auth="post" the credentials are fields, and there is no header beside them."""
    request = token_endpoint.request(settings(client_auth="post"), TOKEN_URL, {"a": "b"})
    assert "authorization" not in request.headers
    assert request.content == b"a=b&client_id=ConsumerKey0a&client_secret=ConsumerSecret0a"
