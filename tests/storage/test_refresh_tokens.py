"""Refresh tokens are rotated once; everybody who asks again learns of the same successor."""

import asyncio

import msgspec

from gatelodge.oauth.refresh import RefreshToken
from gatelodge.storage import refresh_tokens, revocations
from gatelodge.storage.engine import Store
from gatelodge.storage.refresh_tokens import Rotation, RotationResult

NOW = 1_800_000_000


async def issue(store: Store, *, family_id: int = 33) -> RefreshToken:
    """Store a refresh token and return it."""
    row = RefreshToken(
        id=store.ids.next(),
        digest=b"d" * 32,
        family_id=family_id,
        client_row=11,
        user_id=22,
        scope="openid",
        auth_time=NOW,
        amr="pwd",
        issued_at=NOW,
        expires_at=NOW + 600,
    )
    await store.act(refresh_tokens.save, row)
    return row


async def rotate(
    store: Store, row: RefreshToken, *, now: int = NOW + 5, digest: bytes = b"d" * 32
) -> RotationResult:
    """Ask for a rotation with a fresh successor."""
    return await store.act(
        refresh_tokens.rotate,
        Rotation(
            id=row.id,
            digest=digest,
            client_row=row.client_row,
            now=now,
            successor_id=store.ids.next(),
            successor_digest=b"s" * 32,
            successor_expires_at=now + 600,
            sign_in_lifetime=1_000,
        ),
    )


async def test_64_parallel_rotations_make_one_branch(store: Store) -> None:
    """Of 64 requests one rotates; all of them see the same successor, which exists once."""
    row = await issue(store)

    results = await asyncio.gather(*(rotate(store, row) for _ in range(64)))

    assert sum(result.rotated for result in results) == 1
    successors = {result.row.successor_id for result in results if result.row is not None}
    assert len(successors) == 1
    successor = await store.read(refresh_tokens.find, successors.pop() or 0)
    assert successor is not None
    assert (successor.scope, successor.user_id, successor.family_id) == ("openid", 22, 33)
    assert (successor.digest, successor.issued_at) == (b"s" * 32, NOW + 5)


async def test_two_stores_make_one_branch(store: Store, database_url: str) -> None:
    """Two nodes that rotate one token at once agree on its successor."""
    row = await issue(store)
    other = await Store.open(database_url)

    results = await asyncio.gather(
        *(rotate(each, row) for _ in range(16) for each in (store, other))
    )
    await other.close()

    assert sum(result.rotated for result in results) == 1
    assert len({result.row.successor_id for result in results if result.row is not None}) == 1


async def test_a_wrong_secret_finds_nothing(store: Store) -> None:
    """A guessed secret neither rotates nor learns anything."""
    row = await issue(store)

    assert (await rotate(store, row, digest=b"x" * 32)).row is None
    assert (await rotate(store, row)).rotated


async def test_an_expired_token_is_not_rotated(store: Store) -> None:
    """A token at its end is returned as it is, without a successor."""
    row = await issue(store)

    result = await rotate(store, row, now=row.expires_at)

    assert not result.rotated
    assert result.row == row


async def test_a_revoked_family_is_not_rotated(store: Store) -> None:
    """After its family ended a token has no successor, and the answer says why."""
    row = await issue(store, family_id=77)
    await store.write(revocations.revoke_family, 77, NOW + 1000)

    result = await rotate(store, row)

    assert (result.rotated, result.revoked) == (False, True)


async def test_a_revoked_user_ends_older_tokens_only(store: Store) -> None:
    """Ending a user's tokens up to a row id leaves families begun afterwards alive, and only those.

    A token that an old family issues late, on a node that had not heard, is as old as its family.
    """
    old = await issue(store, family_id=store.ids.next())
    await store.write(revocations.revoke_user, 22, old.id, NOW + 1000)
    late = await issue(store, family_id=old.family_id)
    young = await issue(store, family_id=store.ids.next())

    assert (await rotate(store, old)).revoked
    assert (await rotate(store, late)).revoked
    assert (await rotate(store, young)).rotated


async def test_a_revoked_client_ends_its_tokens(store: Store) -> None:
    """Ending a client's tokens refuses their rotation."""
    row = await issue(store)
    await store.write(revocations.revoke_client, 11, row.id, NOW + 1000)

    assert (await rotate(store, row)).revoked


async def test_a_family_ends_for_good(store: Store) -> None:
    """However often it is refreshed, no successor outlives the family; its end is handed on."""
    row = await issue(store)
    first = await rotate(store, row, now=NOW + 590)
    assert first.row is not None
    second = await store.read(refresh_tokens.find, first.row.successor_id or 0)
    assert second is not None
    assert (second.expires_at, second.family_expires_at) == (NOW + 1_000, NOW + 1_000)
    late = await rotate(store, second, now=NOW + 1_000, digest=b"s" * 32)
    assert not late.rotated
    in_time = await rotate(store, second, now=NOW + 999, digest=b"s" * 32)
    assert in_time.rotated


async def test_a_recorded_end_counts_whatever_the_idle_end_says(store: Store) -> None:
    """The family's end is enforced at use by itself, not only through the idle end."""
    row = msgspec.structs.replace(
        await issue(store), id=store.ids.next(), family_expires_at=NOW + 100
    )
    await store.act(refresh_tokens.save, row)
    assert not (await rotate(store, row, now=NOW + 100)).rotated
    assert (await rotate(store, row, now=NOW + 99)).rotated
