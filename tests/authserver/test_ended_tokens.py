"""Tokens that end before their time leave a line: who ended what, and why."""

from gatelodge.oauth.clients import Client
from gatelodge.storage import audit
from gatelodge.storage.audit import Event
from tests.authserver.conftest import USER, Server

A_MINUTE = 61


async def lines(server: Server, owner: Client) -> list[Event]:
    """Return what the activity log says of an application, the newest first."""
    found = list(await server.store.read(audit.of_object, "application", owner.application_id))
    for event in found:
        assert (event.actor_kind, event.actor_id) == ("application", owner.application_id)
        assert event.actor_name == owner.application_name
        assert event.detail["consumer_key"] == owner.client_id
        assert event.after is None
    return found


async def test_a_refresh_token_used_twice(server: Server) -> None:
    """One line, however often it is tried; none for the rotations before."""
    owner = await server.client()
    first = await server.issued(owner)
    second = (await server.refresh(owner, first["refresh_token"])).json()
    await server.refresh(owner, second["refresh_token"])
    assert await lines(server, owner) == []
    server.now += A_MINUTE
    for _ in range(2):
        assert (await server.refresh(owner, first["refresh_token"])).status == 400
    (line,) = await lines(server, owner)
    assert (line.act, line.detail["why"]) == ("tokens.end-family", "refresh token used twice")
    assert line.before is not None
    assert line.before["user_id"] == USER
    assert line.at == server.now


async def test_a_code_used_twice(server: Server) -> None:
    """What the first redemption got has ended, which is a line; the first is none."""
    owner = await server.client()
    code = await server.code(owner)
    await server.redeem(owner, code)
    assert await lines(server, owner) == []
    await server.redeem(owner, code)
    (line,) = await lines(server, owner)
    assert (line.act, line.detail["why"]) == ("tokens.end-family", "code used twice")


async def test_revocations(server: Server) -> None:
    """Each that ends something is a line; what was nobody's, or had ended, is none."""
    owner = await server.client()
    one, other = await server.issued(owner), await server.issued(owner)
    own = (await server.post("/token", owner, grant_type="client_credentials")).json()
    presented = (one["refresh_token"], other["access_token"], own["access_token"], "nothing")
    for text in (*presented, one["refresh_token"]):
        assert (await server.post("/revoke", owner, token=text)).status == 200
    found = [(line.act, line.detail["why"]) for line in await lines(server, owner)]
    assert found == [
        ("tokens.end-one", "access token revoked"),
        ("tokens.end-family", "access token revoked"),
        ("tokens.end-family", "refresh token revoked"),
    ]
