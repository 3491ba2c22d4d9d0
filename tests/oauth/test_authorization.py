"""The authorization request: page errors first, then redirect errors, then a frozen value."""

from typing import Any
from urllib.parse import parse_qs, quote_plus, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatelodge.oauth import authorization, scopes
from gatelodge.oauth.authorization import AuthorizationRequest
from gatelodge.oauth.clients import Client
from gatelodge.oauth.errors import PageError, RedirectError
from tests.oauth.records import CALLBACK, CHALLENGE, ISSUER, client

GOOD = {
    "response_type": "code",
    "client_id": "id",
    "redirect_uri": CALLBACK,
    "scope": "openid",
    "state": "s",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


def query(**changed: str | None) -> bytes:
    """A good query with changes; ``None`` leaves a parameter out."""
    return urlencode({k: v for k, v in (GOOD | changed).items() if v is not None}).encode()


def check(raw: bytes, asking: Client | None = None) -> AuthorizationRequest:
    """Read and validate."""
    return authorization.validate(authorization.read(raw), asking or client(), scopes.BASE)


def redirected(raw: bytes, asking: Client | None = None) -> RedirectError:
    """Return the redirect error a query causes."""
    with pytest.raises(RedirectError) as refused:
        check(raw, asking)
    assert refused.value.redirect_uri == CALLBACK
    return refused.value


def test_a_good_request_becomes_a_value() -> None:
    """Every parameter is read; unknown ones and claims are ignored."""
    more = urlencode(
        {
            "nonce": "n",
            "prompt": "login consent",
            "max_age": "60",
            "login_hint": "j",
            "claims": "{}",
        }
    ).encode()
    parameters = authorization.read(query() + b"&" + more)
    assert parameters.client_id == "id"
    assert parameters.scopes == ("openid",)
    found = authorization.validate(parameters, client(), scopes.BASE)
    assert found == AuthorizationRequest(
        client_id=client().client_id,
        redirect_uri=CALLBACK,
        redirect_uri_sent=True,
        scope="openid",
        state=b"s",
        nonce="n",
        prompt=frozenset({"login", "consent"}),
        max_age=60,
        login_hint="j",
        code_challenge=CHALLENGE,
    )


def test_vbcs_own_request_works_for_a_key_without_pkce() -> None:
    """Neither state nor PKCE nor nonce, as VBC's page shows it."""
    raw = query(state=None, code_challenge=None, code_challenge_method=None)
    found = check(raw, client(require_pkce=False))
    assert (found.state, found.code_challenge, found.scope) == (None, None, "openid")


@pytest.mark.parametrize(
    "raw",
    [
        query(client_id=None),
        query(client_id=""),
        query() + b"&client_id=other",
        b"client_id=%ff",
        b"client_id=%00",
    ],
)
def test_without_a_client_there_is_a_page(raw: bytes) -> None:
    """Nobody is redirected anywhere."""
    with pytest.raises(PageError):
        _ = authorization.read(raw).client_id


@pytest.mark.parametrize(
    ("raw", "asking", "code"),
    [
        (query(), None, "invalid_client"),
        (query(), client(active=False), "invalid_client"),
        (query(redirect_uri="https://evil.example/"), client(), "invalid_callback"),
        (query(redirect_uri=CALLBACK + "?x=1"), client(), "invalid_callback"),
        (
            query(redirect_uri=CALLBACK, prompt="none") + b"&redirect_uri=x",
            client(),
            "invalid_request",
        ),
        (query(redirect_uri=None), client(redirect_uris=()), "invalid_request"),
        (
            query(redirect_uri=None),
            client(redirect_uris=(CALLBACK, "https://b.example")),
            "invalid_request",
        ),
        (query(redirect_uri=None) + b"&redirect_uri=%00", client(), "invalid_request"),
    ],
)
def test_an_unknown_target_is_never_redirected_to(
    raw: bytes, asking: Client | None, code: str
) -> None:
    """Unknown client, inactive client, foreign or ambiguous redirect URI: a page."""
    with pytest.raises(PageError) as refused:
        authorization.validate(authorization.read(raw), asking, scopes.BASE)
    assert refused.value.code == code


def test_a_flood_of_parameters_is_a_page() -> None:
    """It is not even looked at."""
    with pytest.raises(PageError):
        authorization.read(b"&".join(b"a%d=1" % number for number in range(70)))


def test_the_only_registered_uri_need_not_be_sent() -> None:
    """And it is noted that it was not."""
    found = check(query(redirect_uri=None))
    assert (found.redirect_uri, found.redirect_uri_sent) == (CALLBACK, False)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (query(response_type=None), "invalid_request"),
        (query(response_type="token"), "unsupported_response_type"),
        (query(response_type="code id_token"), "unsupported_response_type"),
        (query(response_mode="fragment"), "invalid_request"),
        (query(request="x"), "request_not_supported"),
        (query(request_uri="https://x"), "request_uri_not_supported"),
        (query(scope="admin"), "invalid_scope"),
        (query(scope='"'), "invalid_scope"),
        (query(code_challenge=None, code_challenge_method=None), "invalid_request"),
        (query(code_challenge_method="plain"), "invalid_request"),
        (query(prompt="none login"), "invalid_request"),
        (query(prompt="sing"), "invalid_request"),
        (query(max_age="-1"), "invalid_request"),
        (query(max_age="²"), "invalid_request"),
        (query(max_age="1" * 10), "invalid_request"),
        (query(nonce="n" * 513), "invalid_request"),
        (query() + b"&scope=openid", "invalid_request"),
        (query() + b"&nonce=%ff", "invalid_request"),
        (query() + b"&login_hint=%00", "invalid_request"),
    ],
)
def test_other_mistakes_go_to_the_redirect_uri(raw: bytes, code: str) -> None:
    """With state, so that the client can place them."""
    error = redirected(raw)
    assert (error.error.code, error.state) == (code, b"s")


def test_a_client_without_the_grant_type_is_told() -> None:
    """unauthorized_client goes back to it."""
    other = client(grant_types=frozenset({"client_credentials"}))
    assert redirected(query(), other).error.code == "unauthorized_client"


def test_a_public_client_cannot_do_without_pkce() -> None:
    """Whatever its switch says."""
    public = client(type="public", require_pkce=False)
    raw = query(code_challenge=None, code_challenge_method=None)
    assert redirected(raw, public).error.code == "invalid_request"


def test_a_state_that_came_twice_or_is_too_long_is_not_returned() -> None:
    """Which one would be meant?"""
    assert redirected(query() + b"&state=t").state is None
    assert redirected(query(state="s" * 5000)).state is None


def test_resource_may_be_repeated() -> None:
    """It is the only parameter that may; the request remembers them all (RFC 8707 section 2)."""
    raw = query() + b"&resource=https%3A%2F%2Fa&resource=https://b"
    parameters = authorization.read(raw)
    found = authorization.validate(parameters, client(), scopes.BASE, {"https://a", "https://b"})
    assert found.resources == "https://a https://b"
    assert check(query()).resources == ""


@pytest.mark.parametrize(
    "raw", [b"&resource=https://c", b"&resource=https://a%00", b"&resource=%ff"]
)
def test_an_unknown_resource_goes_to_the_redirect_uri(raw: bytes) -> None:
    """As ``invalid_target``."""
    with pytest.raises(RedirectError) as refused:
        authorization.validate(
            authorization.read(query() + raw), client(), scopes.BASE, {"https://a"}
        )
    assert refused.value.error.code == "invalid_target"


def test_scopes_of_a_malformed_request_are_none() -> None:
    """Looking them up early never raises."""
    assert authorization.read(b"scope=%ff").scopes == ()
    assert authorization.read(b"scope=%22").scopes == ()
    assert authorization.read(b"").scopes == ("default",)


@given(st.binary(min_size=1, max_size=200))
def test_every_byte_of_state_survives(state: bytes) -> None:
    """In answers and in errors alike, beside code and iss."""
    raw = query(state=None) + b"&state=" + quote_plus(state).encode()
    found = check(raw)
    told: list[Any] = [
        authorization.answer(CALLBACK + "?x=1", "the code", found.state, ISSUER),
        authorization.refusal(redirected(raw + b"&max_age=x"), ISSUER),
    ]
    for location in told:
        values = parse_qs(urlsplit(location).query, encoding="latin-1", keep_blank_values=True)
        assert values["state"] == [state.decode("latin-1")]
        assert values["iss"] == [ISSUER]
    assert parse_qs(urlsplit(told[0]).query)["code"] == ["the code"]
    assert parse_qs(urlsplit(told[1]).query)["error"] == ["invalid_request"]


def test_an_answer_without_state_has_none() -> None:
    """Nothing is made up."""
    assert "state" not in authorization.answer(CALLBACK, "c", None, ISSUER)


def test_an_accepted_request_is_checked_again() -> None:
    """What was accepted stays good while the client stays as it is."""
    request = authorization.validate(authorization.read(query()), client(), scopes.BASE)

    authorization.recheck(request, client(), scopes.BASE)


def test_a_redirect_uri_that_was_removed_meanwhile_is_for_the_page() -> None:
    """A redirect URI taken from the client since gets no redirect."""
    request = authorization.validate(authorization.read(query()), client(), scopes.BASE)

    with pytest.raises(PageError):
        authorization.recheck(request, client(redirect_uris=("https://else.test/",)), scopes.BASE)


@pytest.mark.parametrize(
    ("changed", "allowed", "code"),
    [
        ({"grant_types": frozenset({"client_credentials"})}, scopes.BASE, "unauthorized_client"),
        ({}, {"default"}, "invalid_scope"),
    ],
)
def test_what_the_client_lost_meanwhile_is_refused_with_a_redirect(
    changed: dict[str, Any], allowed: set[str], code: str
) -> None:
    """A grant type or scope taken from the client since is told to its redirect URI."""
    request = authorization.validate(authorization.read(query()), client(), scopes.BASE)

    with pytest.raises(RedirectError) as refused:
        authorization.recheck(request, client(**changed), allowed)
    assert refused.value.error.code == code
    assert refused.value.state == b"s"
