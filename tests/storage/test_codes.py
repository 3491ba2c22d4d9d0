"""Authorization codes are spent once, whoever asks and however many ask at once."""

import asyncio

import msgspec

from gatelodge.oauth.codes import Code
from gatelodge.storage import codes
from gatelodge.storage.codes import SpendCode
from gatelodge.storage.engine import Store

NOW = 1_800_000_000


def code(id_: int) -> Code:
    """Return a code as the authorization endpoint would issue it."""
    return Code(
        id=id_,
        digest=b"d" * 32,
        client_row=11,
        user_id=22,
        family_id=33,
        redirect_uri="http://localhost",
        redirect_uri_sent=True,
        scope="openid",
        code_challenge=None,
        nonce=None,
        auth_time=NOW,
        amr="pwd",
        session_id=44,
        issued_at=NOW,
        expires_at=NOW + 60,
    )


def spending(id_: int, digest: bytes = b"d" * 32, client_row: int = 11) -> SpendCode:
    """Return a request to spend a code."""
    return SpendCode(id=id_, digest=digest, client_row=client_row, now=NOW + 1)


async def test_64_parallel_spends_have_one_winner(store: Store) -> None:
    """Of 64 requests for one code exactly one is first; all see the same code, now spent."""
    issued = code(store.ids.next())
    await store.act(codes.save, issued)

    results = await asyncio.gather(
        *(store.act(codes.spend, spending(issued.id)) for _ in range(64))
    )

    assert sum(result.first for result in results) == 1
    assert all(result.code is not None for result in results)


async def test_two_stores_share_one_winner(store: Store, database_url: str) -> None:
    """Two nodes on one database never both spend a code."""
    issued = code(store.ids.next())
    await store.act(codes.save, issued)
    other = await Store.open(database_url)

    results = await asyncio.gather(
        *(each.act(codes.spend, spending(issued.id)) for _ in range(16) for each in (store, other))
    )
    await other.close()

    assert sum(result.first for result in results) == 1


async def test_a_foreign_client_leaves_the_code_unspent(store: Store) -> None:
    """A request of another client or with a wrong secret finds nothing and spends nothing."""
    issued = code(store.ids.next())
    await store.act(codes.save, issued)

    wrong = await asyncio.gather(
        store.act(codes.spend, spending(issued.id, client_row=12)),
        store.act(codes.spend, spending(issued.id, digest=b"e" * 32)),
    )
    right = await store.act(codes.spend, spending(issued.id))

    assert [result.code for result in wrong] == [None, None]
    assert right.first
    assert right.code == issued


async def test_a_later_spend_sees_when_the_code_was_spent(store: Store) -> None:
    """A replay gets the stored code with the time of its first spending."""
    issued = code(store.ids.next())
    await store.act(codes.save, issued)
    await store.act(codes.spend, spending(issued.id))

    replay = await store.act(codes.spend, spending(issued.id))

    assert not replay.first
    assert replay.code == msgspec.structs.replace(issued, spent_at=NOW + 1)


async def test_an_unknown_code_is_nothing(store: Store) -> None:
    """A row id that was never issued answers with no code."""
    assert (await store.act(codes.spend, spending(5))).code is None
