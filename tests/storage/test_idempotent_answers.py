"""Keys of repeated requests on both databases: claimed by one, lapsed, answered, forgotten."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest

from gatelodge.identity.developers import Developer
from gatelodge.identity.personal_tokens import PersonalToken
from gatelodge.storage import developers, personal_tokens
from gatelodge.storage import idempotent_answers as answers
from gatelodge.storage.connections import Connection
from gatelodge.storage.engine import Store
from gatelodge.storage.idempotent_answers import Claim

CLAIM = Claim(id=1, holder=7, key=b"k", request=b"r", claimed_at=100, expires_at=1_000)
LAPSED = 40


def fill(conn: Connection) -> None:
    """Store a developer and whose keys these are."""
    person = Developer(
        id=3,
        email="dev@example.com",
        name="Dev",
        roles=frozenset(),
        state="active",
        password_hash=None,
        created_at=0,
    )
    developers.add(conn, person)
    holder = PersonalToken(
        id=7,
        developer_id=3,
        digest=b"d",
        tail="abcd",
        name="CI",
        scopes=frozenset({"keys:read"}),
        created_at=0,
        expires_at=9_999,
    )
    personal_tokens.add(conn, holder)


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """A store with somebody who sends keys."""
    opened = await Store.open(database_url)
    await opened.write(fill)
    yield opened
    await opened.close()


def change(**values: object) -> Claim:
    """Return another claim of the same key."""
    return msgspec.structs.replace(CLAIM, **values)


async def test_one_claims(store: Store) -> None:
    """Of many claims at once one is given the key; the others are told whose it is."""
    claims = [change(id=number) for number in range(1, 9)]
    found = await asyncio.gather(*(store.write(answers.claim, one, LAPSED) for one in claims))
    assert found.count(None) == 1
    (winner,) = (one for one, told in zip(claims, found, strict=True) if told is None)
    assert {told.id for told in found if told is not None} == {winner.id}
    assert await store.write(answers.claim, change(id=20, key=b"other"), LAPSED) is None


async def test_an_answer_stays_and_a_claim_lapses(store: Store) -> None:
    """A claim without an answer makes place after its time; an answered one until it expires."""
    await store.write(answers.claim, CLAIM, LAPSED)
    assert await store.write(answers.claim, change(id=2), CLAIM.claimed_at) is None
    assert not await store.write(answers.finish, 1, b"late")
    assert await store.write(answers.finish, 2, b"sealed")
    assert not await store.write(answers.finish, 2, b"twice")
    await store.write(answers.release, 2)
    told = await store.write(answers.claim, change(id=3), CLAIM.claimed_at)
    assert told == change(id=2, sealed=b"sealed")
    after = change(id=4, claimed_at=CLAIM.expires_at, expires_at=2_000)
    assert await store.write(answers.claim, after, LAPSED) is None


async def test_giving_back_and_forgetting(store: Store) -> None:
    """A claim given back is free at once; what has expired goes."""
    await store.write(answers.claim, CLAIM, LAPSED)
    await store.write(answers.release, 1)
    assert await store.write(answers.claim, change(id=2), LAPSED) is None
    await store.write(answers.forget, CLAIM.expires_at - 1)
    assert await store.write(answers.claim, change(id=3), LAPSED) is not None
    await store.write(answers.forget, CLAIM.expires_at)
    assert await store.write(answers.claim, change(id=4), LAPSED) is None
