"""What is true of client authentication, found out by trying it; the rest is `metadata_truth`."""

import secrets
import time
from collections.abc import Callable
from typing import Any

import httpx2

from tests.oauth.asserting import KEYS, claims, jwk_set, proof, signed
from tests.security.attacking import hmac_signed
from tests.security.metadata_truth import Scene, accepted, finds_out
from tests.security.victims import Key


@finds_out(
    "token_endpoint_auth_methods_supported",
    "revocation_endpoint_auth_methods_supported",
    "introspection_endpoint_auth_methods_supported",
)
async def authentication_methods(scene: Scene, name: str) -> object:
    """Each method at each endpoint, by a client that has no other."""
    which = name.removesuffix("_auth_methods_supported")
    known = (*METHODS, "private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth")

    async def accepts(method: str) -> bool:
        if method == "private_key_jwt":
            return await _signing(scene, which, "ES256")
        if method not in METHODS:
            return False
        public = method == "none"
        key = await scene.key(type="public" if public else "confidential")
        tokens = await scene.tokens(key)
        form, headers = METHODS[method](scene, key)
        form |= {"grant_type": "refresh_token", "token": tokens["refresh_token"]}
        form |= {"refresh_token": tokens["refresh_token"]}
        answer = await scene.http.post(scene.document[which], data=form, headers=headers)
        assert answer.status_code in {200, 401}, answer.text
        return answer.status_code == httpx2.codes.OK

    return await accepted(scene, name, known, accepts)


Sent = tuple[dict[str, str], dict[str, str]]


def _basic(_: Scene, key: Key) -> Sent:
    encoded = httpx2.BasicAuth(key.consumer_key, key.consumer_secret or "")
    request = next(encoded.auth_flow(httpx2.Request("POST", "http://localhost/")))
    return {}, {"authorization": request.headers["authorization"]}


def _posted(_: Scene, key: Key) -> Sent:
    return key.form(), {}


def _nothing(_: Scene, key: Key) -> Sent:
    return {"client_id": key.consumer_key}, {}


def _by_mac(scene: Scene, key: Key) -> Sent:
    """Sign an assertion with the consumer secret (OpenID Connect Core section 9)."""
    claims = {
        "iss": key.consumer_key,
        "sub": key.consumer_key,
        "aud": scene.issuer,
        "jti": "a",
        "exp": 4_000_000_000,
    }
    secret = (key.consumer_secret or "").encode()
    text = hmac_signed({"alg": "HS256", "typ": "JWT"}, claims, secret)
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    return {
        "client_id": key.consumer_key,
        "client_assertion_type": kind,
        "client_assertion": text,
    }, {}


METHODS: dict[str, Callable[[Scene, Key], Sent]] = {
    "client_secret_basic": _basic,
    "client_secret_post": _posted,
    "none": _nothing,
    "client_secret_jwt": _by_mac,
}


async def _signing(scene: Scene, which: str, algorithm: str) -> bool:
    """Say whether an endpoint believes a client that signs with ``algorithm``."""
    key = await scene.key(authentication="private_key_jwt", jwks=jwk_set())
    fresh: dict[str, Any] = claims(
        key.consumer_key, scene.issuer, int(time.time()), jti=secrets.token_hex(16)
    )
    form = {"grant_type": "client_credentials", "token": "x"} | proof(signed(fresh, algorithm))
    answer = await scene.http.post(scene.document[which], data=form)
    assert answer.status_code in {200, 401}, answer.text
    return answer.status_code == httpx2.codes.OK


@finds_out(
    "token_endpoint_auth_signing_alg_values_supported",
    "revocation_endpoint_auth_signing_alg_values_supported",
    "introspection_endpoint_auth_signing_alg_values_supported",
)
async def assertion_algorithms(scene: Scene, name: str) -> object:
    """Each algorithm at each endpoint, by a client that registered keys for all of them."""
    which = name.removesuffix("_auth_signing_alg_values_supported")

    async def accepts(algorithm: str) -> bool:
        return algorithm in KEYS and await _signing(scene, which, algorithm)

    return await accepted(scene, name, KEYS, accepts)
