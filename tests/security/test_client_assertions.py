"""Clients that sign: forged, replayed and misplaced assertions (lines 68, 73, 75, 104, 114)."""

import asyncio
import json
import secrets
import sqlite3
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from tests.oauth.asserting import (
    CURVE,
    EDWARDS,
    KEYS,
    OTHER_CURVE,
    RSA,
    claims,
    jwk_set,
    proof,
    signed,
)
from tests.portal.browsing import add_application, sign_in, submit, text_of
from tests.security.attacking import DEMO, hmac_signed, joined, part, signing_application
from tests.serving import DEMO_KEY, Server
from tests.web.strange_server import serving

FORMS = ("/token", "/revoke", "/introspect")
BODY = {"grant_type": "client_credentials", "token": "x"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def signer(demo: Server) -> str:
    """The consumer key of an application with all of the test's public keys."""
    async with httpx2.AsyncClient(base_url=demo.base_url, timeout=30) as http:
        return (await signing_application(http, jwks=jwk_set()))[1]


def good(demo: Server, signer: str, **changed: Any) -> dict[str, Any]:
    """Return good claims that nobody has used yet."""
    fresh = {"jti": secrets.token_hex(16)} | changed
    return claims(signer, demo.base_url, int(time.time()), **fresh)


async def refused(
    http: httpx2.AsyncClient, text: str, path: str = "/token", **more: str
) -> httpx2.Response:
    """Present an assertion that must be refused as no proof."""
    answer = await http.post(path, data=BODY | proof(text) | more)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client"), text
    assert text not in answer.text
    return answer


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("algorithm", list(KEYS))
async def test_line_73_each_algorithm_opens_each_endpoint(
    http: httpx2.AsyncClient, demo: Server, signer: str, path: str, algorithm: str
) -> None:
    """What is announced works: every algorithm at every endpoint, once."""
    text = signed(good(demo, signer), algorithm)
    answer = await http.post(path, data=BODY | proof(text))
    assert answer.status_code == 200, answer.text
    again = await refused(http, text, path)
    assert "used before" in again.json()["error_description"]


@pytest.mark.parametrize("path", FORMS)
async def test_line_73_wrong_claims(
    http: httpx2.AsyncClient, demo: Server, signer: str, path: str
) -> None:
    """Another audience, an array, the token endpoint, expired, too early, too far, no jti."""
    now = int(time.time())
    for changed in (
        {"aud": f"{demo.base_url}/token"},
        {"aud": [demo.base_url]},
        {"aud": "https://other.example"},
        {"exp": now - 60},
        {"exp": now + 86_400},
        {"exp": None},
        {"nbf": now + 120},
        {"iat": now + 120},
        {"jti": None},
        {"iss": DEMO_KEY},
        {"sub": DEMO_KEY},
        {"iss": DEMO_KEY, "sub": DEMO_KEY},
    ):
        await refused(http, signed(good(demo, signer, **changed)), path)


async def test_line_73_and_104_forged_signatures(
    http: httpx2.AsyncClient, demo: Server, signer: str
) -> None:
    """No signature, a public key as HMAC secret, another key, another algorithm, a key brought."""
    fresh = good(demo, signer)
    text = signed(fresh)
    pem = RSA.as_pem(private=False)
    embedded: dict[str, Any] = {"jwk": OTHER_CURVE.as_dict(private=False)}
    for forged in (
        joined({"alg": "none", "kid": "curve"}, fresh, ""),
        joined({"alg": "none", "kid": "curve"}, fresh, text.rsplit(".", 1)[1]),
        hmac_signed({"alg": "HS256", "kid": "rsa"}, fresh, pem),
        hmac_signed({"alg": "RS256", "kid": "rsa"}, fresh, pem),
        signed(fresh, key=OTHER_CURVE),
        signed(fresh, key=OTHER_CURVE, **embedded),
        joined(part(text, 0) | embedded, fresh, text.rsplit(".", 1)[1]),
        signed(fresh, jku="https://evil.example/jwks"),
        signed(fresh, x5u="https://evil.example/x5u"),
        signed(fresh, kid="unknown"),
        joined(part(text, 0), fresh | {"jti": "another"}, text.rsplit(".", 1)[1]),
    ):
        await refused(http, forged)
    # None of them has used up the jti, which only its owner can spend.
    assert (await http.post("/token", data=BODY | proof(text))).status_code == 200


async def test_line_73_the_key_of_another_client(
    http: httpx2.AsyncClient, demo: Server, signer: str
) -> None:
    """Who holds a registered key is still only the client that registered it."""
    _, other = await signing_application(http, jwks=jwk_set(EDWARDS))
    await refused(http, signed(good(demo, other)))
    await refused(http, signed(good(demo, signer)), client_id=other)
    own = await http.post("/token", data=BODY | proof(signed(good(demo, other), "EdDSA")))
    assert own.status_code == 200


async def test_line_114_one_of_64_wins(http: httpx2.AsyncClient, demo: Server, signer: str) -> None:
    """The same assertion 64 times at once gets one access token, the others a 401."""
    form = BODY | proof(signed(good(demo, signer)))
    answers = await asyncio.gather(*(http.post("/token", data=form) for _ in range(64)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 63


@pytest.mark.parametrize("path", FORMS)
async def test_line_66_and_68_one_registered_method(
    http: httpx2.AsyncClient, demo: Server, signer: str, path: str
) -> None:
    """Two methods at once are no request; a secret is no proof here, nor an assertion there."""
    form = BODY | proof(signed(good(demo, signer)))
    for more in ({"client_secret": "x"}, {"client_secret": "x", "client_id": signer}):
        twice = await http.post(path, data=form | more)
        assert (twice.status_code, twice.json()["error"]) == (400, "invalid_request")
    twice = await http.post(path, data=form, auth=DEMO)
    assert (twice.status_code, twice.json()["error"]) == (400, "invalid_request")
    for body in ({"client_secret": "x"}, {}):
        secret = await http.post(path, data=BODY | {"client_id": signer} | body)
        assert (secret.status_code, secret.json()["error"]) == (401, "invalid_client")
    await refused(http, signed(good(demo, DEMO_KEY)), path)


async def test_line_67_an_assertion_in_the_address(
    http: httpx2.AsyncClient, demo: Server, signer: str
) -> None:
    """What stands in an address stands in logs: it is refused there."""
    query = proof(signed(good(demo, signer)))
    answer = await http.post("/token", params=query, data=BODY)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_line_75_an_assertion_leaves_no_trace(
    http: httpx2.AsyncClient, demo: Server, signer: str
) -> None:
    """Neither the log nor the database holds an assertion, or the jti it could be known by."""
    fresh = good(demo, signer)
    text = signed(fresh)
    await http.post("/token", data=BODY | proof(text))
    await refused(http, text)
    assert text not in demo.printed()
    for path in await asyncio.to_thread(lambda: list(demo.data_dir.glob("*.db*"))):
        written = await asyncio.to_thread(path.read_bytes)
        assert text.encode() not in written
        assert fresh["jti"].encode() not in written
    assert _spent(demo.data_dir) > 0


def _spent(data_dir: Path) -> int:
    with sqlite3.connect(f"file:{data_dir / 'gatelodge.db'}?mode=ro", uri=True) as connection:
        count: int = connection.execute("SELECT count(*) FROM spent_once").fetchone()[0]
        return count


async def test_line_73_keys_by_address(http: httpx2.AsyncClient, demo: Server) -> None:
    """Published keys are fetched once for many assertions, names made up included."""
    body = jwk_set(CURVE).encode()
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
    async with serving(f"{head}\r\n".encode() + body) as publisher:
        uri = f"http://127.0.0.1:{publisher.port}/jwks"
        _, consumer_key = await signing_application(http, jwks_uri=uri)
        for _ in range(3):
            form = BODY | proof(signed(good(demo, consumer_key)))
            answer = await http.post("/token", data=form)
            assert answer.status_code == 200, answer.text
            await refused(http, signed(good(demo, consumer_key), kid="made-up"))
    assert len(publisher.requests) == 1


async def test_line_73_an_address_that_leads_inside(http: httpx2.AsyncClient, demo: Server) -> None:
    """A jwks_uri inside the network, or one that redirects there, fetches nothing for anybody."""
    inside = b"HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n"
    async with serving(inside) as redirecting:
        for uri in (
            "https://169.254.169.254/latest/meta-data/",
            "https://10.0.0.1/jwks",
            "https://[fd00::1]/jwks",
            f"http://127.0.0.1:{redirecting.port}/jwks",
        ):
            _, consumer_key = await signing_application(http, jwks_uri=uri)
            answer = await refused(http, signed(good(demo, consumer_key)))
            assert "could not be fetched" in answer.json()["error_description"]


async def test_line_73_what_may_not_be_registered(http: httpx2.AsyncClient) -> None:
    """A private key, no key, both ways at once and plain http are refused in the portal."""
    await sign_in(http, "dev@example.com", "demo-developer-password")
    place = await add_application(http, f"Wrong {secrets.token_hex(4)}")
    page = f"{place}/keys/production"
    private = json.dumps({"keys": [CURVE.as_dict(private=True)]})
    for keys in (
        {"jwks": private},
        {"jwks": "{}"},
        {},
        {"jwks": jwk_set(), "jwks_uri": "https://a.example/"},
        {"jwks_uri": "http://a.example/"},
        {"jwks_uri": "file:///etc/passwd"},
    ):
        chosen = {"act": "save", "grant_types": "client_credentials"} | keys
        fields = [*(chosen | {"authentication": "private_key_jwt"}).items(), *_LIFETIMES]
        answer = await submit(http, page, page, fields)
        assert answer.status_code == 422, text_of(answer)


_LIFETIMES = (
    ("code_lifetime", "60"),
    ("access_token_lifetime", "600"),
    ("refresh_token_lifetime", "3600"),
)
