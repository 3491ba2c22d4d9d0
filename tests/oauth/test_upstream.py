"""What we ask a provider and what of its answers counts."""

import json
from base64 import b64decode
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from gatelodge.oauth import pkce, upstream
from gatelodge.oauth.errors import Cancelled, UpstreamProblem
from gatelodge.oauth.upstream import Callback, Metadata, Question
from gatelodge.providers import Provider

ISSUER = "https://id.example"
PROVIDER = Provider(
    id="example", name="Example", issuer=ISSUER, client_id="our id", client_secret="a:b c"
)
GOOD: dict[str, Any] = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/auth",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/jwks",
    "userinfo_endpoint": f"{ISSUER}/me",
    "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
    "something_new": {},
}
BACK = "https://login.example/signin/with/example/callback"


def metadata(**changed: Any) -> Metadata:
    """Read good metadata with changes; ``None`` leaves one out."""
    text = {name: value for name, value in (GOOD | changed).items() if value is not None}
    return upstream.read_metadata(PROVIDER, json.dumps(text).encode())


def test_metadata() -> None:
    """Good metadata is taken; neither none nor a shared secret ever signs an id_token."""
    assert metadata().algorithms == {"RS256"}
    assert metadata(userinfo_endpoint=None).userinfo_endpoint is None


@pytest.mark.parametrize(
    "changed",
    [
        {"issuer": f"{ISSUER}/"},
        {"issuer": None},
        {"token_endpoint": None},
        {"token_endpoint": "http://id.example/token"},
        {"token_endpoint": "http://127.0.0.1:2375/containers/create"},
        {"userinfo_endpoint": "HTTP://localhost:8080/metrics"},
        {"jwks_uri": "file:///etc/passwd"},
        {"userinfo_endpoint": "https://"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"id_token_signing_alg_values_supported": ["none", "HS256"]},
    ],
)
def test_metadata_that_does_not_count(changed: dict[str, Any]) -> None:
    """Another issuer, an address without TLS or nothing to check signatures with is refused."""
    with pytest.raises(UpstreamProblem):
        metadata(**changed)


@pytest.mark.parametrize(
    "endpoint", ["https://id.example/auth", "https://id.example/auth?tenant=1"]
)
def test_where_the_browser_goes(endpoint: str) -> None:
    """The address has all of the request; nonce and verifier belong to the attempt's secret."""
    secret, key = b"s" * 32, b"k" * 32
    nonce, verifier = upstream.nonce_of(key, secret), upstream.verifier_of(key, secret)
    assert nonce != verifier != upstream.verifier_of(key, b"t" * 32)
    asked = Question(redirect_uri=BACK, state="the state", nonce=nonce, verifier=verifier)
    found = metadata(authorization_endpoint=endpoint)

    address = upstream.authorization_address(PROVIDER, found, asked)

    sent = parse_qs(urlsplit(address).query)
    assert sent["state"] == ["the state"]
    assert sent["nonce"] == [nonce]
    assert sent["code_challenge"] == [pkce.challenge_of(verifier)]
    assert sent["code_challenge_method"] == ["S256"]
    assert sent["redirect_uri"] == [BACK]
    assert sent["scope"] == ["openid email profile"]
    assert verifier not in address
    assert verifier not in repr(asked)
    assert "prompt" not in sent
    again = msgspec.structs.replace(asked, again=True)
    assert "prompt=login" in upstream.authorization_address(PROVIDER, found, again)
    assert address.startswith(endpoint)


def test_a_good_answer() -> None:
    """A code with or without the issuer's name is taken; with it when the provider promises it."""
    named = upstream.read_callback(b"code=c%20d&state=s&iss=https%3A%2F%2Fid.example")
    assert upstream.check_callback(named, metadata()) == "c d"
    promised = metadata(authorization_response_iss_parameter_supported=True)
    assert upstream.check_callback(named, promised) == "c d"
    assert upstream.check_callback(upstream.read_callback(b"code=c&state=s"), metadata()) == "c"


@pytest.mark.parametrize(
    "query", [b"code=a&code=b", b"state=%ff", b"\xff=1", b"a=1&" * 40, b"code=" + b"x" * 20_000]
)
def test_an_answer_that_cannot_be_read(query: bytes) -> None:
    """Repeated, unreadable and giant parameters are refused."""
    with pytest.raises(UpstreamProblem):
        upstream.read_callback(query)


@pytest.mark.parametrize(
    ("answer", "promised"),
    [
        (Callback(state="s", code="c", error=None, issuer="https://evil.example"), False),
        (Callback(state="s", code="c", error=None, issuer=""), False),
        (Callback(state="s", code="c", error=None, issuer=None), True),
        (Callback(state="s", code=None, error=None, issuer=ISSUER), True),
        (Callback(state="s", code="c", error="server_error", issuer=ISSUER), True),
    ],
)
def test_an_answer_that_does_not_count(answer: Callback, *, promised: bool) -> None:
    """Another issuer's, a nameless one where names are promised, an error, and one without code."""
    with pytest.raises(UpstreamProblem) as refused:
        upstream.check_callback(
            answer, metadata(authorization_response_iss_parameter_supported=promised)
        )
    assert not isinstance(refused.value, Cancelled)


def test_a_persons_own_no() -> None:
    """What the person declined there is no fault."""
    answer = Callback(state="s", code=None, error="access_denied", issuer=ISSUER)
    with pytest.raises(Cancelled):
        upstream.check_callback(answer, metadata())


@pytest.mark.parametrize(
    ("methods", "basic"),
    [
        (["client_secret_post", "client_secret_basic"], True),
        (["client_secret_post"], False),
        (["private_key_jwt"], True),
    ],
)
def test_the_token_request(methods: list[str], *, basic: bool) -> None:
    """The secret goes where the provider reads it, escaped as RFC 6749 section 2.3.1 has it."""
    found = metadata(token_endpoint_auth_methods_supported=methods)
    headers, form = upstream.token_request(PROVIDER, found, BACK, "c", "v")
    assert (form["code"], form["code_verifier"], form["redirect_uri"]) == ("c", "v", BACK)
    if basic:
        assert b64decode(headers["authorization"][6:]) == b"our+id:a%3Ab+c"
        assert "client_secret" not in form
    else:
        assert (form["client_id"], form["client_secret"]) == ("our id", "a:b c")
        assert "authorization" not in headers


def test_what_was_granted() -> None:
    """A token answer gives the id_token and shows nothing of it in a representation."""
    body = msgspec.json.encode({"id_token": "i", "access_token": "a", "token_type": "Bearer"})
    granted = upstream.read_granted(200, body)
    assert (granted.id_token, granted.access_token) == ("i", "a")
    assert repr(granted) == "Granted(...)"
    assert "a:b c" not in repr(PROVIDER)


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (400, b'{"error":"invalid_grant"}', "answered 400 'invalid_grant'"),
        (400, b'{"error":1}', "answered 400$"),
        (502, b"<html>", "answered 502$"),
        (302, b"[]", "answered 302$"),
        (200, b"{}", "cannot be read"),
        (200, b'{"id_token":"i","access_token":"a","token_type":"DPoP"}', "another type"),
    ],
)
def test_nothing_was_granted(status: int, body: bytes, reason: str) -> None:
    """An error, a redirect and what is no token answer are refused, the reason for the log."""
    with pytest.raises(UpstreamProblem, match=reason):
        upstream.read_granted(status, body)
