"""The code grant: spent once, bound to client, redirect URI, verifier and sign-in."""

import asyncio
from collections import Counter
from typing import Any

import msgspec
import pytest

from gatelodge.oauth.jose import PLAIN_TYPE
from gatelodge.storage import revocations, sessions
from tests.authserver.conftest import RING, USER, Server


async def test_tokens_stand_for_the_user_who_agreed(server: Server) -> None:
    """The id_token carries nonce and sign-in time, userinfo and introspection agree."""
    owner = await server.client()

    tokens = await server.issued(owner, scope="openid profile email")

    claims: Any = msgspec.json.decode(RING.verify(tokens["id_token"], PLAIN_TYPE, ["RS256"]))
    assert (claims["sub"], claims["nonce"]) == ("jsmith", "n")
    assert (claims["aud"], claims["auth_time"]) == ([owner.client_id], server.now - 5)
    info = await server.userinfo(tokens["access_token"])
    assert info.json() == {
        "sub": "jsmith",
        "name": "John Smith",
        "given_name": "John",
        "family_name": "Smith",
        "preferred_username": "jsmith",
        "email": "jsmith@example.com",
        "account": "571700",
    }


@pytest.mark.parametrize("access_token_format", ["jwt", "opaque"])
async def test_64_parallel_redemptions_have_one_winner(
    server: Server, access_token_format: str
) -> None:
    """One 200; the others are invalid_grant and never a 5xx."""
    owner = await server.client(access_token_format=access_token_format)
    code = await server.code(owner)

    answers = await asyncio.gather(*(server.redeem(owner, code) for _ in range(64)))

    assert Counter(answer.status for answer in answers) == {200: 1, 400: 63}
    errors = {answer.json()["error"] for answer in answers if answer.status == 400}
    assert errors == {"invalid_grant"}


async def test_a_replay_ends_what_the_first_redemption_got(server: Server) -> None:
    """Access token and refresh token are dead on the next request."""
    owner = await server.client()
    code = await server.code(owner)
    first = (await server.redeem(owner, code)).json()
    assert await server.active(owner, first["access_token"])

    replay = await server.redeem(owner, code)

    assert (replay.status, replay.json()["error"]) == (400, "invalid_grant")
    assert not await server.active(owner, first["access_token"])
    assert not await server.active(owner, first["refresh_token"])
    assert (await server.userinfo(first["access_token"])).status == 401
    assert (await server.refresh(owner, first["refresh_token"])).status == 400


async def test_a_replay_that_proves_nothing_ends_nothing(server: Server) -> None:
    """Wrong verifier, redirect URI or client: invalid_grant, and the owner's tokens live."""
    owner, other = await server.client(), await server.client()
    code = await server.code(owner)
    first = (await server.redeem(owner, code)).json()

    answers = [
        await server.redeem(owner, code, code_verifier="w" * 43),
        await server.redeem(owner, code, redirect_uri="https://other.example/"),
        await server.redeem(other, code),
    ]

    assert {(answer.status, answer.json()["error"]) for answer in answers} == {
        (400, "invalid_grant")
    }
    assert await server.active(owner, first["access_token"])
    assert await server.active(owner, first["refresh_token"])


async def test_another_client_cannot_spend_a_code(server: Server) -> None:
    """Its owner still can."""
    owner, other = await server.client(), await server.client()
    code = await server.code(owner)

    assert (await server.redeem(other, code)).status == 400
    assert (await server.redeem(owner, code)).status == 200


async def test_a_code_lives_for_a_minute(server: Server) -> None:
    """And not a second longer."""
    owner = await server.client()
    good, late = await server.code(owner), await server.code(owner)
    server.now += 59
    assert (await server.redeem(owner, good)).status == 200
    server.now += 1
    refused = await server.redeem(owner, late)
    assert (refused.status, refused.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize("text", ["", "x", "glac_" + "A" * 59])
async def test_what_is_no_code_is_refused(server: Server, text: str) -> None:
    """Missing is invalid_request, wrong is invalid_grant."""
    answer = await server.redeem(await server.client(), text)
    expected = "invalid_grant" if text else "invalid_request"
    assert (answer.status, answer.json()["error"]) == (400, expected)


async def test_a_verifier_without_challenge_is_refused(server: Server) -> None:
    """Somebody has taken the challenge out of the authorization request."""
    owner = await server.client(require_pkce=False)
    code = await server.code(owner, code_challenge=None)
    answer = await server.redeem(owner, code)
    assert answer.json()["error_description"] == "PKCE validation failed"


async def test_a_code_dies_with_the_sign_in_and_the_user(server: Server) -> None:
    """Signed out, disabled, or the client revoked: nothing is issued any more."""
    owner = await server.client()
    revoked, signed_out, disabled = [await server.code(owner) for _ in range(3)]
    stamp = server.store.ids.next()
    fresh = await server.code(owner)

    await server.store.write(revocations.revoke_client, owner.id, stamp, server.now + 1000)
    assert (await server.redeem(owner, revoked)).status == 400
    assert (await server.redeem(owner, fresh)).status == 200

    again = await server.client()
    for code in (signed_out, disabled):
        assert (await server.redeem(owner, code)).status == 400
    user_gone, session_gone = await server.code(again), await server.code(again)
    await server.store.write(sessions.end, 44)
    assert (await server.redeem(again, session_gone)).json()["error"] == "invalid_grant"
    await server.disable_user()
    assert (await server.redeem(again, user_gone)).json()["error"] == "invalid_grant"


async def test_a_key_without_the_grant_type_gets_no_refresh_token(server: Server) -> None:
    """Code alone gives an access token and an id_token."""
    owner = await server.client(grant_types=frozenset({"authorization_code"}))
    tokens = await server.issued(owner)
    assert "refresh_token" not in tokens
    assert "id_token" in tokens


async def test_a_public_client_redeems_with_its_verifier(server: Server) -> None:
    """Its verifier is its proof."""
    public = await server.client(type="public")
    tokens = await server.issued(public)
    assert (await server.userinfo(tokens["access_token"])).json()["sub"] == "jsmith"
    assert USER == 22
