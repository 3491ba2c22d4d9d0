"""Tables divided by time: where a row is, that nothing is lost in between, and what is dropped."""

import asyncio
import time

import msgspec
import pytest
from sqlalchemy import insert, select

from gatelodge.oauth.access import AccessToken
from gatelodge.oauth.clients import LONGEST_LIFETIME
from gatelodge.oauth.refresh import RefreshToken
from gatelodge.storage import access_tokens, codes, migrate, refresh_tokens, token_schema
from gatelodge.storage.connections import Connection, parse, writer_engine
from gatelodge.storage.engine import Store
from gatelodge.storage.ids import first_at
from gatelodge.storage.refresh_tokens import Rotation
from gatelodge.storage.rings import Ring, divisions
from tests.divided import counts
from tests.storage.test_codes import code, spending

DAY = 86_400
NOW = 1_800_000_000
KEPT = LONGEST_LIFETIME + DAY
RING = token_schema.refresh_tokens
ROUND = 5 * 30 * DAY
"""After so long a table's turn comes again."""


def refresh_token(id_: int) -> RefreshToken:
    """Return a refresh token that lives."""
    return RefreshToken(
        id=id_,
        digest=b"d" * 32,
        family_id=id_,
        client_row=11,
        user_id=22,
        scope="openid",
        auth_time=NOW,
        amr="pwd",
        issued_at=NOW,
        expires_at=NOW + 600,
    )


def rotation(id_: int) -> Rotation:
    """Return a request to replace a token by one that is made at ``NOW``."""
    return Rotation(
        id=id_,
        digest=b"d" * 32,
        client_row=11,
        now=NOW,
        successor_id=first_at(NOW) + 1_000 + id_ % 1_000,
        successor_digest=b"s" * 32,
        successor_expires_at=NOW + 600,
        sign_in_lifetime=1_000,
    )


async def saved(store: Store, *days_ago: int) -> list[RefreshToken]:
    """Store a refresh token of each of these ages."""
    rows = [refresh_token(first_at(NOW - days * DAY) + days) for days in days_ago]
    for row in rows:
        await store.act(refresh_tokens.save, row)
    return rows


async def test_rows_of_all_ages_are_found_and_rotated_together(store: Store) -> None:
    """One batch over every table: each token is replaced once, by a row in the newest table."""
    rows = await saved(store, 0, 29, 31, 61, 89)
    assert len(await store.read(counts, RING)) > 3
    results = await asyncio.gather(
        *(store.act(refresh_tokens.rotate, rotation(row.id)) for row in rows for _ in range(2))
    )
    assert sum(result.rotated for result in results) == len(rows)
    for row in rows:
        stored = await store.read(refresh_tokens.find, row.id)
        assert stored is not None
        assert stored.rotated_at == NOW
        assert await store.read(refresh_tokens.find, stored.successor_id or 0) is not None


async def test_codes_of_all_ages_are_spent_once(store: Store) -> None:
    """Also where a batch goes over several tables."""
    ids = [first_at(NOW - days * DAY) for days in (0, 31, 61)]
    for id_ in ids:
        await store.act(codes.save, code(id_))
    spends = await asyncio.gather(
        *(store.act(codes.spend, spending(id_)) for id_ in ids for _ in range(2))
    )
    assert sum(spend.first for spend in spends) == len(ids)
    assert all(spend.code is not None for spend in spends)


async def test_access_tokens_of_all_ages_are_kept_once(store: Store) -> None:
    """Whoever comes first is believed, in each table."""
    rows = [
        AccessToken(
            id=first_at(NOW - days * DAY),
            digest=b"first",
            family_id=None,
            client_row=1,
            user_id=None,
            scope="",
            issued_at=NOW,
            expires_at=NOW,
        )
        for days in (0, 31, 61)
    ]
    later = [msgspec.structs.replace(row, digest=b"later") for row in rows]
    for row in rows:
        await store.act(access_tokens.save, row)
    kept = await asyncio.gather(*(store.act(access_tokens.keep, row) for row in later))
    assert kept == rows
    assert await store.read(access_tokens.find, rows[1].id) == rows[1]


async def test_a_table_is_emptied_once_all_of_it_is_too_old(store: Store) -> None:
    """What could still matter stays, with what is older in the same table."""
    await saved(store, 200, 160, 125, 89, 60, 0)
    full = await store.read(counts, RING)
    await store.write(RING.drop, NOW, KEPT)
    left = await store.read(counts, RING)
    assert left.items() <= full.items()
    assert [await found(store, days) for days in (89, 60, 0)] == [True, True, True]
    await store.write(RING.drop, NOW + 45 * DAY, KEPT)
    assert not await found(store, 89)
    assert await found(store, 0)


async def found(store: Store, days: int) -> bool:
    """Say whether the token of this age is there."""
    row = await store.read(refresh_tokens.find, first_at(NOW - days * DAY) + days)
    return row is not None


async def test_a_table_in_use_is_left_alone(store: Store) -> None:
    """After a long stop its rows are old and its turn has come: a row may arrive at any moment."""
    await saved(store, 0)
    await store.write(RING.drop, NOW + ROUND, KEPT)
    assert await found(store, 0)
    await store.write(RING.drop, NOW + ROUND + 45 * DAY, KEPT)
    assert not await found(store, 0)


@pytest.mark.parametrize("ring", token_schema.RINGS, ids=lambda ring: ring.before.name)
async def test_a_turn_comes_to_a_table_that_was_emptied(store: Store, ring: Ring) -> None:
    """On every day of two years tomorrow's table holds nothing that matters today."""

    def turns(conn: Connection) -> None:
        for day in range(730):
            now = NOW + day * DAY
            tomorrow = ring.at(conn, first_at(now + DAY))
            if tomorrow is not ring.at(conn, first_at(now)):
                ages = range(0, KEPT, DAY // 2)
                assert tomorrow not in {ring.at(conn, first_at(now - age)) for age in ages}

    await store.read(turns)


async def test_processes_of_the_version_before_find_what_is_issued(database_url: str) -> None:
    """For a week after the migration everything is in the one table that they know."""
    engine = writer_engine(parse(database_url))
    migrate.upgrade(engine)
    with engine.begin() as conn:
        for ring in token_schema.RINGS:
            for part in ring.parts:
                part.drop(conn)
        divisions.drop(conn)
        conn.exec_driver_sql("UPDATE alembic_version SET version_num = '0017'")
    migrate.upgrade(engine)
    engine.dispose()
    store = await Store.open(database_url)
    at_once = refresh_token(store.ids.next())
    by_others = refresh_token(store.ids.next())
    later = refresh_token(first_at(int(time.time()) + 8 * DAY))
    for row in (at_once, later):
        await store.act(refresh_tokens.save, row)
    written = insert(RING.before).values(msgspec.structs.asdict(by_others))
    await store.write(lambda conn: conn.execute(written))
    found = [await store.read(refresh_tokens.find, row.id) for row in (by_others, later)]
    one_table = await store.read(lambda conn: list(conn.scalars(select(RING.before.c.id))))
    await store.close()

    assert found == [by_others, later]
    assert sorted(one_table) == [at_once.id, by_others.id]
