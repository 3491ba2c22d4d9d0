"""What attackers bring along: forged access tokens, and an application of their own."""

import base64
import functools
import hashlib
import hmac
import json
import re
import secrets
from typing import Any

import httpx2
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from gatelodge.oauth.jose import SigningKey
from gatelodge.oauth.signatures import Algorithm, PrivateKey
from tests.portal.browsing import add_application, generate_keys, sign_in, text_of
from tests.serving import DEMO_KEY, DEMO_SECRET

API = "/t/vbc.prod/provisioning/v1/api/accounts/self"
DEMO = (DEMO_KEY, DEMO_SECRET)
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"

_SECRET = re.compile(r"glcs_[A-Za-z0-9_-]{59}")
_KEY = re.compile(r'id="consumer-key">([A-Za-z0-9_]+)<')


class Attacker(msgspec.Struct, frozen=True, kw_only=True):
    """An application of the attacker's own: its address in the portal, consumer key and secret."""

    place: str
    consumer_key: str
    consumer_secret: str

    @property
    def credentials(self) -> tuple[str, str]:
        """Key and secret for Basic."""
        return self.consumer_key, self.consumer_secret


async def own_application(http: httpx2.AsyncClient, name: str) -> Attacker:
    """Sign in to the portal, add an application and generate keys with every grant type."""
    await sign_in(http, "dev@example.com", "demo-developer-password")
    place = await add_application(http, name)
    grants = (("grant_types", "password"), ("grant_types", "client_credentials"))
    page = await generate_keys(http, place, *grants)
    secret, key = _SECRET.search(page.text), _KEY.search(page.text)
    assert secret is not None, page.text[:2000]
    assert key is not None, page.text[:20_000]
    return Attacker(place=place, consumer_key=key[1], consumer_secret=secret[0])


async def signing_application(http: httpx2.AsyncClient, **keys: str) -> tuple[str, str]:
    """Add an application that signs; return its address in the portal and its consumer key."""
    http.cookies.clear()
    await sign_in(http, "dev@example.com", "demo-developer-password")
    place = await add_application(http, f"Signs {secrets.token_hex(4)}")
    chosen = {"grant_types": "client_credentials", "authentication": "private_key_jwt"} | keys
    page = await generate_keys(http, place, *chosen.items())
    found = _KEY.search(page.text)
    assert found is not None, text_of(page)
    assert "glcs_" not in page.text
    return place, found[1]


def bearer(access_token: str) -> dict[str, str]:
    """Return the header that carries an access token."""
    return {"Authorization": f"Bearer {access_token}"}


def encode64(raw: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode64(text: str) -> bytes:
    """Return what base64url without padding stands for."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def part(text: str, index: int) -> dict[str, Any]:
    """Return header (0) or claims (1) of a JWT."""
    found: dict[str, Any] = json.loads(decode64(text.split(".")[index]))
    return found


def joined(header: dict[str, Any], claims: dict[str, Any], signature: bytes | str) -> str:
    """Return a compact JWS of these parts."""
    tail = signature if isinstance(signature, str) else encode64(signature)
    pieces = (encode64(json.dumps(each).encode()) for each in (header, claims))
    return ".".join((*pieces, tail))


def hmac_signed(header: dict[str, Any], claims: dict[str, Any], secret: bytes) -> str:
    """Return a JWS signed with HS256 whatever its header says."""
    signed = joined(header, claims, "").rstrip(".")
    return f"{signed}.{encode64(hmac.digest(secret, signed.encode(), hashlib.sha256))}"


def of_another_installation(
    claims: dict[str, Any], kid: str, algorithm: Algorithm, typ: str = "at+jwt"
) -> str:
    """Return a well-made access token that another installation's key has signed."""
    return SigningKey(kid, algorithm, private_key(algorithm)).sign(typ, json.dumps(claims).encode())


@functools.cache
def private_key(algorithm: Algorithm) -> PrivateKey:
    """Return an attacker's own key for an algorithm; an RSA key takes a while to make."""
    if algorithm == "ES256":
        return ec.generate_private_key(ec.SECP256R1())
    if algorithm == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(public_exponent=65_537, key_size=2048)
