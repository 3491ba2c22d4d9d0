"""Revocation: one's own tokens, at once; others' not at all."""

import pytest

from gatelodge.oauth.clients import Client
from tests.authserver.asgi import Answer, post
from tests.authserver.conftest import Server

FORMATS = pytest.mark.parametrize("access_token_format", ["jwt", "opaque"])


async def revoke(server: Server, owner: Client, text: str, **more: str) -> Answer:
    """Revoke; the answer is always 200 with nothing in it."""
    answer = await server.post("/revoke", owner, token=text, **more)
    assert (answer.status, answer.body) == (200, b"")
    assert answer.header("content-length") == "0"
    assert answer.header("cache-control") == "no-store"
    return answer


@FORMATS
async def test_a_refresh_token_ends_its_family(server: Server, access_token_format: str) -> None:
    """With every access token, whatever the hint says."""
    owner = await server.client(access_token_format=access_token_format)
    first = await server.issued(owner)
    second = (await server.refresh(owner, first["refresh_token"])).json()

    await revoke(server, owner, second["refresh_token"], token_type_hint="access_token")

    for tokens in (first, second):
        assert not await server.active(owner, tokens["access_token"])
        assert (await server.userinfo(tokens["access_token"])).status == 401
    assert (await server.refresh(owner, second["refresh_token"])).status == 400


@FORMATS
async def test_an_access_token_ends_its_family(server: Server, access_token_format: str) -> None:
    """As at VBC, where both are one; another sign-in of the same user goes on."""
    owner = await server.client(access_token_format=access_token_format)
    first, other = await server.issued(owner), await server.issued(owner)

    await revoke(server, owner, first["access_token"])

    assert not await server.active(owner, first["access_token"])
    assert not await server.active(owner, first["refresh_token"])
    assert await server.active(owner, other["access_token"])
    assert await server.active(owner, other["refresh_token"])


@FORMATS
async def test_an_applications_access_token_ends_alone(
    server: Server, access_token_format: str
) -> None:
    """The application's other ones live on."""
    owner = await server.client(access_token_format=access_token_format)
    one, two = [
        (await server.post("/token", owner, grant_type="client_credentials")).json()["access_token"]
        for _ in range(2)
    ]

    await revoke(server, owner, one)

    assert not await server.active(owner, one)
    assert await server.active(owner, two)


async def test_others_tokens_are_left_alone(server: Server) -> None:
    """200 and no effect, so that nothing is learned either."""
    owner, other = await server.client(), await server.client()
    tokens = await server.issued(owner)

    await revoke(server, other, tokens["access_token"])
    await revoke(server, other, tokens["refresh_token"])

    assert await server.active(owner, tokens["access_token"])
    assert await server.active(owner, tokens["refresh_token"])


@pytest.mark.parametrize("text", ["x", "a.b.c", "glrt_" + "A" * 59, "glat_" + "A" * 59])
async def test_unknown_texts_are_fine(server: Server, text: str) -> None:
    """The token is invalid, and that was asked for."""
    await revoke(server, await server.client(), text)


async def test_a_public_client_revokes_its_own(server: Server) -> None:
    """Its id is enough, for it has the token."""
    public = await server.client(type="public")
    tokens = await server.issued(public)
    await revoke(server, public, tokens["refresh_token"])
    assert (await server.userinfo(tokens["access_token"])).status == 401


async def test_who_asks_must_prove_it(server: Server) -> None:
    """Without secret 401; without token invalid_request."""
    owner = await server.client()
    nobody = await post(server.endpoints["/revoke"], {"token": "x", "client_id": owner.client_id})
    assert (nobody.status, nobody.json()["error"]) == (401, "invalid_client")
    nothing = await server.post("/revoke", owner)
    assert (nothing.status, nothing.json()["error"]) == (400, "invalid_request")
