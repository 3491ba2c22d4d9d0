"""Signing out of one browser or of all others, on both databases."""

from typing import Any

import pytest
from sqlalchemy import Connection

from gatelodge.identity.sessions import Kind, Session
from gatelodge.operations import signing_out
from gatelodge.operations.actor import Act, Actor
from gatelodge.storage import audit, revocations, sessions
from gatelodge.storage.engine import Store
from tests.operations.conftest import NOW, OWNER, act
from tests.operations.people import JSMITH, add_passwords

MINE, OLD, FOREIGN = 101, 102, 103
THEIRS = 104


def add_sessions(conn: Connection) -> None:
    """Sign the user in twice, and two others who must not notice anything."""
    people: list[tuple[int, Kind, int]] = [(MINE, "user", JSMITH), (OLD, "user", JSMITH)]
    people += [(FOREIGN, "user", JSMITH + 1), (THEIRS, "developer", JSMITH)]
    for id_, kind, subject_id in people:
        session = Session(
            id=id_,
            digest=b"d",
            kind=kind,
            subject_id=subject_id,
            auth_time=NOW,
            amr=("pwd",),
            created_at=NOW,
            seen_at=NOW + id_,
            expires_at=NOW + 10,
            address="::1",
            user_agent="",
        )
        sessions.add(conn, session)


@pytest.fixture(autouse=True)
async def people(store: Store) -> None:
    """Fill the store."""
    await store.write(add_passwords)
    await store.write(add_sessions)


def jsmith(store: Store) -> Act:
    """Return an act of the user's."""
    actor = Actor(kind="user", id=JSMITH, name="jsmith", address="::1")
    return Act(actor=actor, now=NOW, ids=store.ids)


async def alive(store: Store) -> set[int]:
    """Return which sessions live."""
    ids = (MINE, OLD, FOREIGN, THEIRS)
    return {id_ for id_ in ids if await store.read(sessions.find, id_) is not None}


async def test_one_session_of_ones_own(store: Store) -> None:
    """It ends and is written down; one of somebody else, or of nobody, is left alone."""
    mine = jsmith(store)
    assert [each.id for each in await store.read(sessions.of_subject, "user", JSMITH)] == [
        OLD,
        MINE,
    ]
    for foreign in (FOREIGN, THEIRS, 999):
        assert not await store.write(signing_out.one, mine, "user", JSMITH, foreign)
    assert await alive(store) == {MINE, OLD, FOREIGN, THEIRS}
    assert await store.write(signing_out.one, mine, "user", JSMITH, OLD)
    assert not await store.write(signing_out.one, mine, "user", JSMITH, OLD)
    assert await alive(store) == {MINE, FOREIGN, THEIRS}
    events = await store.read(audit.of_object, "user", JSMITH)
    assert [(event.act, event.detail["session"]) for event in events] == [("session.end", OLD)]


async def test_all_others_of_a_user_with_their_tokens(store: Store) -> None:
    """The kept session and other people's stay; every token issued so far ends."""
    before = store.ids.next()
    assert await store.write(signing_out.others, jsmith(store), "user", JSMITH, MINE) == 1
    assert await alive(store) == {MINE, FOREIGN, THEIRS}
    ended = await store.read(revocations.concerning, [], [JSMITH], [])
    facts: dict[str, Any] = {"family_id": None, "client_row": 0, "user_id": JSMITH}
    assert ended.cover(token_id=before, **facts)
    assert not ended.cover(token_id=store.ids.next(), **facts)
    events = await store.read(audit.of_object, "user", JSMITH)
    assert [event.act for event in events] == ["session.end-others"]


async def test_all_others_of_a_developer(store: Store) -> None:
    """A developer's other sessions end; there are no tokens to revoke."""
    ended = await store.write(signing_out.others, act(store, OWNER), "developer", JSMITH, 999)
    assert ended == 1
    assert await alive(store) == {MINE, OLD, FOREIGN}
    assert not (await store.read(revocations.concerning, [], [JSMITH], [])).users
