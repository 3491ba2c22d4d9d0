"""Logout: what an application may ask for, and what it is told."""

import json
from base64 import urlsafe_b64decode
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from gatelodge.oauth import authorization, id_token, logout
from gatelodge.oauth.errors import PageError
from gatelodge.oauth.jose import PLAIN_TYPE, KeyRing, SigningKey
from gatelodge.oauth.logout import Leaving, LogoutRequest
from tests.oauth.records import ISSUER, NOW, client

KEY = SigningKey("ec", "ES256", ec.generate_private_key(ec.SECP256R1()))
RING = KeyRing({"ES256": KEY})
HOME = "https://app.example/bye"
OWNER = client(post_logout_redirect_uris=(HOME,))


def signed(**changed: object) -> str:
    """Return an id_token that expired long ago."""
    claims = {"iss": ISSUER, "sub": "jsmith", "aud": [OWNER.client_id], "exp": 1, "sid": "s"}
    kept = {name: value for name, value in (claims | changed).items() if value is not None}
    return KEY.sign(PLAIN_TYPE, json.dumps(kept).encode())


def read(query: str) -> LogoutRequest:
    """Read a query."""
    return logout.read(authorization.read(query.encode()), RING, ISSUER)


def test_an_expired_id_token_is_a_hint() -> None:
    """Its application is the one that asks; unknown parameters are ignored."""
    asked = read(f"id_token_hint={signed()}&ui_locales=de&state=a%26b")
    assert asked.hint is not None
    assert (asked.hint.sub, asked.hint.sid) == ("jsmith", "s")
    assert (asked.client_id, asked.state) == (OWNER.client_id, "a&b")
    assert read("").hint is None
    assert read(f"id_token_hint={signed()}&client_id={OWNER.client_id}").client_id


@pytest.mark.parametrize(
    "query",
    [
        "client_id=a&client_id=b",
        "state=a&state=b",
        "client_id=%ff",
        f"state={'x' * 4097}",
        "id_token_hint=nonsense",
        f"id_token_hint={signed(iss='https://evil.example')}",
        f"id_token_hint={signed(aud=['a', 'b'])}",
        f"id_token_hint={signed(aud=None)}",
        f"id_token_hint={signed()}&client_id=another",
        f"id_token_hint={KEY.sign('at+jwt', b'{}')}",
        f"id_token_hint={signed()[:-4]}AAAA",
    ],
)
def test_a_bad_request_is_a_page(query: str) -> None:
    """Doubled, unreadable or forged values lead nowhere."""
    with pytest.raises(PageError):
        read(query)


def asked(**values: Any) -> LogoutRequest:
    """Return a request."""
    nothing = {"hint": None, "client_id": None, "redirect_uri": None, "state": None}
    return LogoutRequest(**(nothing | values))


def test_only_a_registered_address_is_returned_to() -> None:
    """Character by character, of the application that asks, with the state."""
    leaving = logout.check(asked(client_id=OWNER.client_id, redirect_uri=HOME, state="x y"), OWNER)
    assert leaving.location == f"{HOME}?state=x+y"
    assert logout.check(asked(client_id="k", redirect_uri=HOME), OWNER).location == HOME
    assert logout.check(asked(state="x"), None).location is None
    hint = logout.Hint(iss=ISSUER, sub="jsmith", aud=["k"], sid="s")
    hinted = logout.check(asked(client_id="k", hint=hint), OWNER)
    assert (hinted.sub, hinted.sid) == ("jsmith", "s")
    for uri in (f"{HOME}/", f"{HOME}?a=b", "https://evil.example", f"{HOME}#"):
        with pytest.raises(PageError):
            logout.check(asked(client_id="k", redirect_uri=uri), OWNER)
    with pytest.raises(PageError):
        logout.check(asked(redirect_uri=HOME), None)
    with pytest.raises(PageError):
        logout.check(asked(client_id="unknown"), None)


def test_a_hint_names_one_session() -> None:
    """With a sid it has to be this session's; without one it names its person."""
    leaving = Leaving(client_id="k", redirect_uri=None, state=None, sub="jsmith", sid="s")
    assert logout.names(leaving, "jsmith", "s")
    assert not logout.names(leaving, "jsmith", "t")
    assert not logout.names(leaving, "jsmith", None)
    assert not logout.names(leaving, "ajones", "s")
    older = msgspec.structs.replace(leaving, sid=None)
    assert logout.names(older, "jsmith", "s")
    assert not logout.names(older, "ajones", "s")


def test_each_client_knows_a_session_by_another_name() -> None:
    """The name is the same every time, and tells nothing of the row."""
    other = client(id=12)
    assert id_token.sid(b"k", None, OWNER) is None
    names = {id_token.sid(b"k", number, one) for number in (1, 2) for one in (OWNER, other)}
    assert len(names) == 4
    assert id_token.sid(b"k", 1, OWNER) in names


def test_a_logout_token_says_what_it_must() -> None:
    """Typed, short-lived, with the event and never a nonce (Back-Channel Logout section 2.4)."""
    word = logout.Word(issuer=ISSUER, client_id="k", sub="jsmith", sid="s", jti="1", at=NOW)
    header, claims, _ = logout.sign(word, KEY).split(".")
    decoded = [json.loads(urlsafe_b64decode(each + "==")) for each in (header, claims)]
    assert decoded[0]["typ"] == "logout+jwt"
    assert decoded[1] == {
        "iss": ISSUER,
        "aud": ["k"],
        "sub": "jsmith",
        "sid": "s",
        "iat": NOW,
        "exp": NOW + 120,
        "jti": "1",
        "events": {logout.EVENT: {}},
    }
