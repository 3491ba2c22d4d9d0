"""The address a browser is sent to, and which return is believed."""

import base64
import hashlib
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from gatelodge_client import authorization
from gatelodge_client.errors import AnswerNotForUs, SignInFailed
from tests.sdk.scripted import settings

BACK = "http://127.0.0.1:8765/callback"
ISSUER = "https://login.example.org"


def begun() -> authorization.Request:
    """Begin a sign-in."""
    return authorization.begin(settings(issuer=ISSUER), BACK)


def returned(request: authorization.Request, **query: str) -> str:
    """Return the address a browser comes back to; ``state`` is the request's unless given."""
    return f"{BACK}?{urlencode({'state': request.state.reveal(), **query})}"


def code(request: authorization.Request, address: str, *, require_iss: bool = False) -> str:
    """Take the code out of a return."""
    known = settings(issuer=ISSUER, require_iss=require_iss)
    return authorization.code(known, request, address)


def test_the_address() -> None:
    """PKCE with S256 and a state, always, and new ones each time (RFC 7636 section 4)."""
    first, second = begun(), begun()
    query = {name: value[0] for name, value in parse_qs(urlsplit(first.address).query).items()}
    digest = hashlib.sha256(first.verifier.reveal().encode()).digest()
    assert query == {
        "response_type": "code",
        "client_id": "ConsumerKey0a",
        "redirect_uri": BACK,
        "scope": "openid",
        "state": first.state.reveal(),
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    assert first.address.startswith("https://api.example.com/authorize?")
    assert 43 <= len(first.verifier.reveal()) <= 128
    assert first.verifier != second.verifier
    assert first.state != second.state


def test_an_address_that_has_a_query() -> None:
    """What the authorize URL already asks stays (RFC 6749 section 3.1)."""
    known = settings(authorize_url="https://login.example.org/authorize?tenant=a")
    assert "authorize?tenant=a&response_type=code" in authorization.begin(known, BACK).address


def test_the_code() -> None:
    """The form carries code, redirect URI and verifier."""
    request = begun()
    received = code(request, returned(request, code="c-1", iss=ISSUER))
    assert authorization.form(request, received) == {
        "grant_type": "authorization_code",
        "code": "c-1",
        "redirect_uri": BACK,
        "code_verifier": request.verifier.reveal(),
    }


@pytest.mark.parametrize("state", ["", "other", "é"])
def test_another_state(state: str) -> None:
    """A return with another state says nothing to us, whatever else is in it."""
    request = begun()
    address = returned(request, code="c-1", state=state, error="access_denied")
    assert not authorization.is_answer(request, address)
    with pytest.raises(AnswerNotForUs, match="state"):
        code(request, address)


def test_a_repeated_parameter_is_none() -> None:
    """A second state or code beside the right one is not believed (RFC 6749 section 3.1)."""
    request = begun()
    with pytest.raises(AnswerNotForUs):
        code(request, returned(request, code="c-1") + "&state=x")
    with pytest.raises(SignInFailed, match="without a code"):
        code(request, returned(request, code="c-1") + "&code=c-2")


def test_another_issuer() -> None:
    """`iss` is compared where it is there, and missed where it was promised (RFC 9207)."""
    request = begun()
    with pytest.raises(AnswerNotForUs, match=r"attacker\.example"):
        code(request, returned(request, code="c-1", iss="https://attacker.example"))
    without = returned(request, code="c-1")
    assert code(request, without) == "c-1"
    with pytest.raises(AnswerNotForUs, match="from nobody"):
        code(request, without, require_iss=True)


def test_the_issuer_is_the_authorize_urls_origin() -> None:
    """Unless it was given: VBC's is another host than its token endpoint's."""
    assert settings().issuer == "https://api.example.com"


def test_an_error_is_said() -> None:
    """A refusal carries the wire's code and the server's words."""
    request = begun()
    address = returned(request, error="access_denied", error_description="User denied the consent")
    with pytest.raises(SignInFailed, match="User denied the consent") as refused:
        code(request, address)
    assert refused.value.code == "access_denied"
