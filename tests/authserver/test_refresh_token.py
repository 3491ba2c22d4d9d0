"""The refresh grant: one lineage, an idempotent grace, and an end for whoever kept a copy."""

import asyncio
from typing import Any

import pytest

from gatelodge.oauth.refresh import GRACE
from gatelodge.storage import revocations
from tests.authserver.conftest import USER, Server

FORMATS = pytest.mark.parametrize("access_token_format", ["jwt", "opaque"])


@FORMATS
async def test_64_parallel_refreshes_return_one_pair(
    server: Server, access_token_format: str
) -> None:
    """Every answer is 200 with the same successor and the same access token, which both work."""
    owner = await server.client(access_token_format=access_token_format)
    first = await server.issued(owner)

    answers = await asyncio.gather(
        *(server.refresh(owner, first["refresh_token"]) for _ in range(64))
    )

    assert {answer.status for answer in answers} == {200}
    bodies = [answer.json() for answer in answers]
    assert len({body["refresh_token"] for body in bodies}) == 1
    assert len({body["access_token"] for body in bodies}) == 1
    assert await server.active(owner, bodies[0]["access_token"])
    assert (await server.refresh(owner, bodies[0]["refresh_token"])).status == 200


@FORMATS
async def test_a_lost_answer_may_be_asked_for_again(
    server: Server, access_token_format: str
) -> None:
    """Within the grace the very same pair comes back, with what is left of its lifetime."""
    owner = await server.client(access_token_format=access_token_format)
    first = await server.issued(owner)
    second = (await server.refresh(owner, first["refresh_token"])).json()
    server.now += GRACE

    again = (await server.refresh(owner, first["refresh_token"])).json()

    assert again == second | {"expires_in": second["expires_in"] - GRACE}


async def test_after_the_grace_the_family_ends(server: Server) -> None:
    """The replay is refused, and so is everything that was issued since."""
    owner = await server.client()
    first = await server.issued(owner)
    second = (await server.refresh(owner, first["refresh_token"])).json()
    server.now += GRACE + 1

    replay = await server.refresh(owner, first["refresh_token"])

    assert (replay.status, replay.json()["error"]) == (400, "invalid_grant")
    assert (await server.refresh(owner, second["refresh_token"])).status == 400
    for tokens in (first, second):
        assert not await server.active(owner, tokens["access_token"])


async def test_two_generations_old_ends_the_family_at_once(server: Server) -> None:
    """The grace is for the token just replaced only."""
    owner = await server.client()
    first = await server.issued(owner)
    second = (await server.refresh(owner, first["refresh_token"])).json()
    third = (await server.refresh(owner, second["refresh_token"])).json()

    assert (await server.refresh(owner, first["refresh_token"])).status == 400
    assert (await server.refresh(owner, third["refresh_token"])).status == 400
    assert not await server.active(owner, third["access_token"])


async def test_a_revoked_token_is_refused_within_the_grace(server: Server) -> None:
    """Nothing revoked on purpose comes back."""
    owner = await server.client()
    first = await server.issued(owner)
    second = (await server.refresh(owner, first["refresh_token"])).json()
    assert (await server.post("/revoke", owner, token=second["refresh_token"])).status == 200

    for tokens in (first, second):
        answer = await server.refresh(owner, tokens["refresh_token"])
        assert (answer.status, answer.json()["error"]) == (400, "invalid_grant")


async def test_another_clients_token_is_refused_and_lives(server: Server) -> None:
    """Presenting it must not harm its owner."""
    owner, other = await server.client(), await server.client()
    first = await server.issued(owner)

    assert (await server.refresh(other, first["refresh_token"])).status == 400
    assert (await server.refresh(owner, first["refresh_token"])).status == 200


async def test_a_narrower_scope_does_not_shrink_the_grant(server: Server) -> None:
    """The next refresh has everything again; the id_token goes with openid."""
    owner = await server.client()
    first = await server.issued(owner, scope="openid profile")

    narrow = (await server.refresh(owner, first["refresh_token"], scope="profile")).json()
    wide = (await server.refresh(owner, narrow["refresh_token"])).json()

    assert narrow["scope"] == "profile"
    assert "id_token" not in narrow
    assert wide["scope"] == "openid profile"
    assert "id_token" in wide


async def test_a_wider_scope_is_refused_and_costs_nothing(server: Server) -> None:
    """The token may still be used, even long after."""
    owner = await server.client()
    first = await server.issued(owner)
    refused = await server.refresh(owner, first["refresh_token"], scope="openid profile")
    server.now += 1000

    assert (refused.status, refused.json()["error"]) == (400, "invalid_scope")
    assert (await server.refresh(owner, first["refresh_token"])).status == 200


async def test_an_unused_token_expires(server: Server) -> None:
    """After its lifetime, exactly; each use starts it anew."""
    owner = await server.client(refresh_token_lifetime=1000)
    first = await server.issued(owner)
    server.now += 999
    second = (await server.refresh(owner, first["refresh_token"])).json()
    server.now += 1000

    late = await server.refresh(owner, second["refresh_token"])

    assert late.json()["error_description"] == "Refresh token is expired."


@pytest.mark.parametrize("text", ["", "a-uuid-of-vbc", "glrt_" + "A" * 59])
async def test_what_is_no_refresh_token_is_refused(server: Server, text: str) -> None:
    """Missing is invalid_request, wrong is invalid_grant, also with a scope."""
    owner = await server.client()
    expected = "invalid_grant" if text else "invalid_request"
    answer = await server.refresh(owner, text)
    assert (answer.status, answer.json()["error"]) == (400, expected)
    assert (await server.refresh(owner, text, scope="openid")).json()["error"] == expected


async def test_a_code_is_no_refresh_token(server: Server) -> None:
    """Credentials of one kind never pass as another."""
    owner = await server.client()
    code = await server.code(owner)
    assert (await server.refresh(owner, code)).json()["error"] == "invalid_grant"


async def test_a_disabled_user_gets_nothing(server: Server) -> None:
    """Neither by a refresh nor within its grace."""
    owner = await server.client()
    first = await server.issued(owner)
    await server.disable_user()
    assert (await server.refresh(owner, first["refresh_token"])).json()["error"] == "invalid_grant"


async def test_revoking_a_user_ends_what_was_issued_before(server: Server) -> None:
    """And nothing that is issued afterwards."""
    owner = await server.client()
    first = await server.issued(owner)
    stamp, until = server.store.ids.next(), server.now + 10_000
    await server.store.write(revocations.revoke_user, USER, stamp, until)
    second: dict[str, Any] = await server.issued(owner)

    assert (await server.refresh(owner, first["refresh_token"])).status == 400
    assert not await server.active(owner, first["access_token"])
    assert (await server.refresh(owner, second["refresh_token"])).status == 200
