"""Applications are told when a session they take part in ends, again and again until they hear."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select

from gatelodge.authserver.back_channel import BackChannel
from gatelodge.oauth import logout
from gatelodge.oauth.clients import Client
from gatelodge.operations import signing_out
from gatelodge.operations.actor import Act, Actor, Occasion
from gatelodge.storage import clients, logout_schema, logouts, sessions
from gatelodge.storage.connections import Connection
from gatelodge.storage.ids import Ids
from gatelodge.web.fetching import Answer
from gatelodge.web.reaching import FetchFailed
from tests.authserver.browsing import Tab, pages_of
from tests.authserver.conftest import RING, USER, Server

PLACE = "https://app.example/bc"


class Application:
    """Stands where an application listens; answers what the test wants."""

    def __init__(self, server: Server) -> None:
        self.heard: list[dict[str, Any]] = []
        self.answers: list[int | None] = []
        self.channel = BackChannel(server.context, self.post)

    async def post(self, address: str, fields: Mapping[str, str]) -> Answer:
        """Take one logout token."""
        assert address == PLACE
        (text,) = fields.values()
        self.heard.append(json.loads(RING.verify(text, "logout+jwt")))
        status = self.answers.pop(0) if self.answers else 200
        if status is None:
            raise FetchFailed("away")
        return Answer(status=status, media_type="", body=b"")


async def signed_in(server: Server, *owners: Client) -> Tab:
    """Return a browser whose user has signed in to these applications, one after the other."""
    tab = Tab(pages_of(server))
    for owner in owners:
        await tab.authorize(owner.client_id)
        if tab.at == "/signin":
            await tab.sign_in()
        await tab.decide()
    return tab


def waiting(conn: Connection) -> tuple[int, int]:
    """Count what is to be delivered, and who takes part in sessions."""
    tables = (logout_schema.logout_deliveries, logout_schema.session_clients)
    found = [conn.execute(select(func.count()).select_from(one)).scalar_one() for one in tables]
    return found[0], found[1]


def joined(conn: Connection) -> list[int]:
    """Return the sessions that clients take part in."""
    return list(conn.execute(select(logout_schema.session_clients.c.session_id)).scalars())


def replace_session(conn: Connection, session_id: int) -> None:
    """Let another person sign in in the browser of a session."""
    before = sessions.find(conn, session_id)
    assert before is not None
    after = msgspec.structs.replace(before, id=session_id + 1, subject_id=USER + 1)
    signing_out.replace(conn, Occasion(now=1, address="::1", ids=Ids(1)), after, before)


async def test_signing_out_tells_who_took_part(server: Server) -> None:
    """One token for the session's one client that wants to hear; it names user and session."""
    owner = await server.client(backchannel_logout_uri=PLACE)
    silent = await server.client()
    tab = await signed_in(server, owner, silent)
    application = Application(server)
    await application.channel.deliver()
    assert application.heard == []
    await tab.open("/signout")
    await tab.submit("/signout")
    await asyncio.gather(*(application.channel.deliver() for _ in range(4)))
    (word,) = application.heard
    assert (word["aud"], word["sub"]) == ([owner.client_id], "jsmith")
    assert word["events"] == {logout.EVENT: {}}
    assert "nonce" not in word
    assert await server.store.read(waiting) == (0, 0)


async def test_its_sid_is_that_of_the_id_token(server: Server) -> None:
    """So that an application ends the very session, whichever it keeps for this user."""
    owner = await server.client(backchannel_logout_uri=PLACE)
    tab = await signed_in(server, owner)
    issued = (await server.redeem(owner, tab.back["code"])).json()
    session = json.loads(RING.verify(issued["id_token"], "JWT"))["sid"]
    await tab.open("/signout")
    await tab.submit("/signout")
    application = Application(server)
    await application.channel.deliver()
    assert [word["sid"] for word in application.heard] == [session]


async def test_who_does_not_answer_is_asked_again(server: Server) -> None:
    """After each pause with a new token, and at last no more; a 204 is as good as a 200."""
    owner = await server.client(backchannel_logout_uri=PLACE)
    application = Application(server)
    for answers, attempts in (([None, 500, 204], 3), ([400] * 20, len(logout.PAUSES))):
        tab = await signed_in(server, owner)
        await tab.open("/signout")
        await tab.submit("/signout")
        application.answers, application.heard = list(answers), []
        for pause in logout.PAUSES:
            await application.channel.deliver()
            heard = len(application.heard)
            server.now += pause - 1
            await application.channel.deliver()
            assert len(application.heard) == heard
            server.now += 1
        await application.channel.deliver()
        assert len(application.heard) == attempts
        assert len({word["jti"] for word in application.heard}) == attempts
        assert await server.store.read(waiting) == (0, 0)


async def test_who_is_gone_is_not_asked(server: Server) -> None:
    """A key that was deleted, or wants no word any more, takes its deliveries along."""
    owner = await server.client(backchannel_logout_uri=PLACE)
    tab = await signed_in(server, owner)
    await tab.open("/signout")
    await tab.submit("/signout")
    later = msgspec.structs.replace(owner, backchannel_logout_uri="")
    await server.store.write(clients.replace_settings, later)
    application = Application(server)
    await application.channel.deliver()
    assert application.heard == []
    assert await server.store.read(waiting) == (0, 0)


@pytest.mark.parametrize("way", ["one", "others", "everywhere", "another person"])
async def test_every_end_of_a_session_is_told(server: Server, way: str) -> None:
    """Wherever it is ended from: the list of sessions, an administrator, another sign-in."""
    owner = await server.client(backchannel_logout_uri=PLACE)
    tab = await signed_in(server, owner)
    act = Act(
        actor=Actor(kind="user", id=USER, name="jsmith"), now=server.now, ids=server.store.ids
    )
    (session,) = await server.store.read(joined)
    if way == "one":
        await server.store.write(signing_out.one, act, "user", USER, session)
    elif way == "others":
        await server.store.write(signing_out.others, act, "user", USER, 44)
    elif way == "everywhere":
        await server.store.write(signing_out.user_everywhere, act, USER)
    else:
        await server.store.write(replace_session, session)
    application = Application(server)
    await application.channel.deliver()
    assert len(application.heard) == 1
    assert tab.back["code"]


async def test_signing_in_again_is_no_end(server: Server) -> None:
    """The same person goes on with the session; what ran out unnoticed is forgotten."""
    owner = await server.client(backchannel_logout_uri=PLACE)
    tab = await signed_in(server, owner)
    await tab.authorize(owner.client_id, prompt="login")
    await tab.sign_in()
    assert await server.store.read(waiting) == (0, 1)
    await server.store.write(logouts.forget)
    assert await server.store.read(waiting) == (0, 1)
    await server.store.write(sessions.forget, server.now + 10**6)
    await server.store.write(logouts.forget)
    assert await server.store.read(waiting) == (0, 0)
