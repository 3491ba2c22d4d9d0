"""A consumer key chooses how its access tokens and its id_tokens are signed."""

from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from gatelodge.oauth.signatures import ALGORITHMS, Algorithm, half_hash
from tests.authserver.conftest import RING, Server

# RFC 9864 prefers the name Ed25519, which fewer libraries know yet.
pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")

TYPES = {"access_token": "at+jwt", "id_token": "JWT"}
USUAL: dict[str, Algorithm] = {"access_token": "ES256", "id_token": "RS256"}


def published() -> KeySet:
    """Return the key set as a stranger reads it."""
    jwks: Any = RING.jwk_set()
    return KeySet.import_key_set(jwks)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_a_key_chooses_its_signatures(server: Server, algorithm: Algorithm) -> None:
    """Access tokens and id_tokens carry the algorithm chosen for each, which are two choices."""
    for name, other in (("access_token", "id_token"), ("id_token", "access_token")):
        owner = await server.client(**{f"{name}_algorithm": algorithm})
        tokens = await server.issued(owner)
        assert RING.verify(tokens[name], TYPES[name], [algorithm])
        assert RING.verify(tokens[other], TYPES[other], [USUAL[other]])
        assert await server.active(owner, tokens["access_token"])
        claims: Any = jwt.decode(tokens["id_token"], published(), algorithms=[*ALGORITHMS]).claims
        signed_with = algorithm if name == "id_token" else USUAL["id_token"]
        assert claims["at_hash"] == half_hash(signed_with, tokens["access_token"])


async def test_a_retried_refresh_of_a_ps256_key(server: Server) -> None:
    """Salted signatures differ; the access token's claims and the refresh token are the same."""
    owner = await server.client(access_token_algorithm="PS256")
    first = await server.issued(owner)
    pairs = [(await server.refresh(owner, first["refresh_token"])).json() for _ in range(2)]
    payloads = {RING.verify(each["access_token"], "at+jwt") for each in pairs}
    assert len(payloads) == 1
    assert len({each["refresh_token"] for each in pairs}) == 1
    assert [await server.active(owner, each["access_token"]) for each in pairs] == [True, True]
