"""Introspection: a confidential client learns about its own tokens, nobody about others'."""

import pytest

from tests.authserver.asgi import post
from tests.authserver.conftest import Server
from tests.oauth.records import ISSUER

INACTIVE = {"active": False}
FORMATS = pytest.mark.parametrize("access_token_format", ["jwt", "opaque"])


@FORMATS
async def test_an_access_token_is_described(server: Server, access_token_format: str) -> None:
    """The same members for signed and opaque ones."""
    owner = await server.client(access_token_format=access_token_format)
    tokens = await server.issued(owner)

    answer = await server.post("/introspect", owner, token=tokens["access_token"])

    described = answer.json()
    assert described.pop("jti").isdigit()
    assert described == {
        "active": True,
        "scope": "openid",
        "client_id": owner.client_id,
        "token_type": "Bearer",
        "exp": server.now + 86_400,
        "iat": server.now,
        "nbf": server.now,
        "sub": "jsmith",
        "aud": ISSUER,
        "iss": ISSUER,
        "aut": "APPLICATION_USER",
        "username": "jsmith",
    }
    assert answer.header("cache-control") == "no-store"


async def test_a_refresh_token_is_described_until_it_is_used(server: Server) -> None:
    """A rotated one is inactive, its successor is not."""
    owner = await server.client()
    first = await server.issued(owner)
    described = (await server.post("/introspect", owner, token=first["refresh_token"])).json()
    assert (described["active"], described["username"]) == (True, "jsmith")

    second = (await server.refresh(owner, first["refresh_token"])).json()

    assert not await server.active(owner, first["refresh_token"])
    assert await server.active(owner, second["refresh_token"])


@FORMATS
async def test_dead_tokens_are_inactive_and_nothing_else(
    server: Server, access_token_format: str
) -> None:
    """Expired, foreign, of a disabled user, and nonsense look alike."""
    owner = await server.client(access_token_format=access_token_format)
    other = await server.client()
    tokens = await server.issued(owner)
    texts = ["x", "a.b.c", tokens["id_token"], "glat_" + "A" * 59, "glrt_" + "A" * 59]
    for text in texts:
        assert (await server.post("/introspect", owner, token=text)).json() == INACTIVE
    for text in (tokens["access_token"], tokens["refresh_token"]):
        assert (await server.post("/introspect", other, token=text)).json() == INACTIVE
    later = server.now + 86_400
    server.now, before = later, server.now
    assert not await server.active(owner, tokens["access_token"])
    server.now = before
    assert await server.active(owner, tokens["access_token"])
    await server.disable_user()
    for text in (tokens["access_token"], tokens["refresh_token"]):
        assert not await server.active(owner, text)


async def test_nobody_asks_without_a_secret(server: Server) -> None:
    """Neither unknown, confidential without secret, nor public clients."""
    owner, public = await server.client(), await server.client(type="public")
    for client_id in ("nobody", owner.client_id, public.client_id):
        answer = await post(server.endpoints["/introspect"], {"token": "x", "client_id": client_id})
        assert (answer.status, answer.json()["error"]) == (401, "invalid_client")
