"""Forged and confused JWTs, presented wherever an access token is read (lines 44, 104-108)."""

import httpx2
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from gatelodge.oauth.signatures import ALGORITHMS
from tests.flows.signing_in import authorize, by_password
from tests.security.attacking import (
    API,
    DEMO,
    bearer,
    decode64,
    encode64,
    hmac_signed,
    joined,
    of_another_installation,
    part,
)
from tests.serving import Server

_ENCODINGS = (serialization.Encoding.PEM, serialization.Encoding.DER)


_DEEP_VALUE = encode64(b'{"alg":' + b"[" * 5000) + ".e30.AAAA"


async def refused_everywhere(http: httpx2.AsyncClient, access_token: str) -> None:
    """Assert that gateway, userinfo and introspection all take it for nothing."""
    gateway = await http.get(API, headers=bearer(access_token))
    assert (gateway.status_code, gateway.json()["code"]) == (401, "900901")
    userinfo = await http.get("/userinfo", headers=bearer(access_token))
    assert (userinfo.status_code, userinfo.json()["error"]) == (401, "invalid_token")
    described = await http.post("/introspect", data={"token": access_token}, auth=DEMO)
    assert (described.status_code, described.json()) == (200, {"active": False})


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", "", "ES384", "HS256"])
async def test_another_algorithm_is_refused(http: httpx2.AsyncClient, algorithm: str) -> None:
    """Line 104: no spelling of none, no unlisted algorithm, with the signature kept or left out."""
    good = (await by_password(http, scope="openid")).json()["access_token"]
    header, claims = part(good, 0) | {"alg": algorithm}, part(good, 1)
    for signature in ("", good.split(".")[2]):
        await refused_everywhere(http, joined(header, claims, signature))


async def test_a_public_key_is_no_hmac_secret(http: httpx2.AsyncClient) -> None:
    """Line 104: HS256 over the published key, as PEM, DER or JWK text, is refused."""
    good = (await by_password(http, scope="openid")).json()["access_token"]
    answer = await http.get("/jwks")
    jwk = next(key for key in answer.json()["keys"] if key["kid"] == part(good, 0)["kid"])
    point = b"\x04" + b"".join(decode64(jwk[name]) for name in ("x", "y"))
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    kind = serialization.PublicFormat.SubjectPublicKeyInfo
    secrets = [public.public_bytes(each, kind) for each in _ENCODINGS]
    for secret in (*secrets, answer.content, jwk["x"].encode(), b""):
        header = part(good, 0) | {"alg": "HS256"}
        await refused_everywhere(http, hmac_signed(header, part(good, 1), secret))


async def test_another_installations_key_of_the_same_name_is_refused(
    http: httpx2.AsyncClient,
) -> None:
    """Lines 41 and 104: a well-made JWT with our claims and our kid needs our key as well."""
    good = (await by_password(http, scope="openid")).json()
    claims = part(good["access_token"], 1)
    kids = [part(good[name], 0) for name in ("access_token", "id_token")]
    for header in kids:
        algorithm = header["alg"]
        forged = of_another_installation(claims, header["kid"], algorithm)
        await refused_everywhere(http, forged)
    crossed = of_another_installation(claims, kids[1]["kid"], "ES256")
    await refused_everywhere(http, crossed)


async def test_no_published_key_verifies_what_it_did_not_sign(http: httpx2.AsyncClient) -> None:
    """Line 104: under each kid of the set, neither foreign signatures nor MACs with its numbers.

    Each algorithm is tried under each kid: an RSA key of RS256 takes no PS256, and so on.
    """
    good = (await by_password(http, scope="openid")).json()["access_token"]
    claims = part(good, 1)
    for key in (await http.get("/jwks")).json()["keys"]:
        for algorithm in ALGORITHMS:
            forged = of_another_installation(claims, key["kid"], algorithm)
            await refused_everywhere(http, forged)
        header = {"typ": "at+jwt", "alg": "HS256", "kid": key["kid"]}
        for number in {"x", "n"} & key.keys():
            for secret in (key[number].encode(), decode64(key[number])):
                await refused_everywhere(http, hmac_signed(header, claims, secret))


async def test_headers_cannot_bring_a_key_along(http: httpx2.AsyncClient) -> None:
    """Line 104: unknown kid, jwk, jku, x5u, x5c, crit and b64 are refused, not followed."""
    good = (await by_password(http, scope="openid")).json()["access_token"]
    jwk = (await http.get("/jwks")).json()["keys"][0]
    additions: tuple[dict[str, object], ...] = (
        {"kid": "unknown"},
        {"kid": "../../etc/passwd"},
        {"kid": ""},
        {"jwk": jwk},
        {"jku": "http://127.0.0.1/jwks"},
        {"x5u": "http://127.0.0.1/cert"},
        {"x5c": ["AAAA"]},
        {"crit": ["exp"], "exp": 1},
        {"b64": False, "crit": ["b64"]},
    )
    for added in additions:
        header = part(good, 0) | added
        await refused_everywhere(http, joined(header, part(good, 1), good.split(".")[2]))


async def test_other_texts_of_ours_are_no_access_tokens(
    http: httpx2.AsyncClient, demo: Server
) -> None:
    """Line 44: an id_token, a refresh token, a code, and an access token with changed claims."""
    good = (await by_password(http, scope="openid")).json()
    code = (await authorize(http, f"{demo.base_url}/callback-demo"))["code"]
    header, claims = part(good["access_token"], 0), part(good["access_token"], 1)
    signature = good["access_token"].split(".")[2]
    await refused_everywhere(http, good["id_token"])
    await refused_everywhere(http, code)
    for changed in ({"scope": "openid admin"}, {"sub": "ajones"}, {"exp": claims["exp"] + 1}):
        await refused_everywhere(http, joined(header, claims | changed, signature))
    for path, status in ((API, 401), ("/userinfo", 401)):
        refused = await http.get(path, headers=bearer(good["refresh_token"]))
        assert refused.status_code == status


@pytest.mark.parametrize(
    "text",
    [
        "..",
        "a.b.c",
        "." * 2000,
        f"{encode64(b'[' * 5000)}.{encode64(b'{' * 5000)}.AAAA",
        _DEEP_VALUE,
        f"e30.e30.{'A' * 15_000}",
        "eyJhbGciOiJFUzI1NiJ9.e30.é",
        "A" * 20_000,
        "%00.%00.%00",
    ],
    ids=["dots", "short", "many dots", "deep", "deep value", "giant", "text", "large", "encoded"],
)
async def test_broken_jwts_are_refused_quickly(http: httpx2.AsyncClient, text: str) -> None:
    """Line 81: deep JSON and giant segments are a 401 like any other wrong text."""
    for path in (API, "/userinfo"):
        refused = await http.get(path, headers={b"Authorization": b"Bearer " + text.encode()})
        assert refused.status_code == 401
    described = await http.post("/introspect", data={"token": text}, auth=DEMO)
    assert described.json() == {"active": False}


async def test_the_key_set_has_public_parts_only(http: httpx2.AsyncClient) -> None:
    """Lines 106 and 108: no private member, no symmetric key; id_tokens are RS256."""
    keys = (await http.get("/jwks")).json()["keys"]
    public = {"kid", "use", "alg", "kty", "crv", "x", "y", "n", "e"}
    assert keys
    assert {key["kty"] for key in keys} == {"EC", "OKP", "RSA"}
    for key in keys:
        assert set(key) <= public
    id_token = (await by_password(http, scope="openid")).json()["id_token"]
    assert part(id_token, 0)["alg"] == "RS256"
