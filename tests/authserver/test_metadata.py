"""Metadata and keys: public, cacheable, and true."""

from typing import Any

import msgspec
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from gatelodge.authserver.endpoints import endpoints
from tests.authserver.asgi import call
from tests.authserver.conftest import RING, Server
from tests.oauth.records import ISSUER

PATHS = ("/.well-known/oauth-authorization-server", "/.well-known/openid-configuration")


async def test_both_well_known_paths_say_the_same(server: Server) -> None:
    """Whatever Host the request names."""
    answers = [
        await call(server.endpoints[path], "GET", headers={"host": host})
        for path in PATHS
        for host in ("login.example", "evil.example")
    ]
    assert len({answer.body for answer in answers}) == 1
    assert answers[0].json()["issuer"] == ISSUER
    assert "max-age" in (answers[0].header("cache-control") or "")


async def test_every_endpoint_it_names_is_there(server: Server) -> None:
    """But the authorization and end session endpoints, which are pages."""
    document = (await call(server.endpoints[PATHS[0]], "GET")).json()
    named = {
        value.removeprefix(ISSUER)
        for name, value in document.items()
        if name.endswith("_endpoint") or name == "jwks_uri"
    }
    assert named - {"/authorize", "/endsession"} <= set(server.endpoints)


async def test_a_stranger_verifies_our_tokens_with_what_is_published(server: Server) -> None:
    """joserfc, the key set over the wire, and both kinds of JWT."""
    tokens = await server.issued(await server.client())
    answer = await call(server.endpoints["/jwks"], "GET")
    keys = KeySet.import_key_set(answer.json())

    access: Any = jwt.decode(tokens["access_token"], keys, algorithms=["ES256"])
    identity: Any = jwt.decode(tokens["id_token"], keys, algorithms=["RS256"])

    assert (access.header["typ"], access.claims["sub"]) == ("at+jwt", "jsmith")
    assert identity.claims["iss"] == access.claims["iss"] == ISSUER
    assert "max-age" in (answer.header("cache-control") or "")


async def test_head_is_answered_too(server: Server) -> None:
    """Where GET is."""
    assert (await call(server.endpoints["/jwks"], "HEAD")).status == 200
    assert (await call(server.endpoints["/jwks"], "POST")).status == 405


@pytest.mark.parametrize("path", [*PATHS, "/jwks"])
async def test_who_has_it_already_is_told_so(server: Server, path: str) -> None:
    """304 without a body, with the headers a cache needs; any other tag gets the document."""
    application = server.endpoints[path]
    answer = await call(application, "GET")
    tag = answer.header("etag")
    assert tag is not None
    for named in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = await call(application, "GET", headers={"if-none-match": named})
        assert (again.status, again.body, again.header("etag")) == (304, b"", tag)
        assert again.header("cache-control") == answer.header("cache-control")
        assert again.header("content-length") is None
    for named in ('"other"', tag.strip('"'), "", "nonsense"):
        again = await call(application, "GET", headers={"if-none-match": named})
        assert (again.status, again.body) == (200, answer.body)


async def test_another_ring_has_another_tag(server: Server) -> None:
    """Who kept the set before a rotation gets the new one when it asks again."""
    rings = [RING, RING.without("ed")]
    context = msgspec.structs.replace(server.context, signing_keys=lambda: rings[0])
    application = endpoints(context, server._sign_in)["/jwks"]
    before = await call(application, "GET")
    del rings[0]
    headers = {"if-none-match": before.header("etag") or ""}
    after = await call(application, "GET", headers={**headers})
    assert after.status == 200
    assert {key["kid"] for key in before.json()["keys"]} - {
        key["kid"] for key in after.json()["keys"]
    } == {"ed"}
