"""Factors in the store: what may be spent once is, and nobody reaches another person's."""

import msgspec

from gatelodge.identity.factors import Factors, Passkey, Person
from gatelodge.storage import factors, passkeys, spent
from gatelodge.storage.engine import Store
from gatelodge.storage.factors import RecoveryCode, StoredTotp

NOW = 1_800_000_000
JSMITH, NAMESAKE = Person("user", 22), Person("developer", 22)
TOTP = StoredTotp(sealed=b"sealed", last_step=5, created_at=NOW)
PASSKEY = Passkey(
    id=1,
    kind="user",
    person_id=22,
    credential_id=b"credential",
    public_key=b"public",
    sign_count=0,
    single_device=True,
    name="Phone",
    created_at=NOW,
)


async def test_a_step_is_spent_once(store: Store) -> None:
    """The same step again, and any before it, is refused; there is one app for each person."""
    assert await store.write(factors.add_totp, JSMITH, TOTP)
    assert not await store.write(factors.add_totp, JSMITH, TOTP)
    assert await store.write(factors.spend_step, JSMITH, 6)
    assert not await store.write(factors.spend_step, JSMITH, 6)
    assert not await store.write(factors.spend_step, JSMITH, 4)
    assert not await store.write(factors.spend_step, NAMESAKE, 7)
    found = await store.read(factors.find_totp, JSMITH)
    assert found == msgspec.structs.replace(TOTP, last_step=6)
    assert await store.read(factors.find_totp, NAMESAKE) is None
    assert not await store.write(factors.remove_totp, NAMESAKE)
    assert await store.write(factors.remove_totp, JSMITH)


async def test_a_recovery_code_is_spent_once(store: Store) -> None:
    """Each code once and by its owner only; fresh ones replace all."""
    codes = [RecoveryCode(id=1, digest=b"one"), RecoveryCode(id=2, digest=b"two")]
    await store.write(factors.replace_recovery_codes, JSMITH, codes, NOW)
    assert not await store.write(factors.spend_recovery_code, NAMESAKE, b"one", NOW)
    assert await store.write(factors.spend_recovery_code, JSMITH, b"one", NOW)
    assert not await store.write(factors.spend_recovery_code, JSMITH, b"one", NOW)
    assert (await store.read(factors.of, JSMITH)).recovery_codes == 1
    fresh = [RecoveryCode(id=3, digest=b"three")]
    await store.write(factors.replace_recovery_codes, JSMITH, fresh, NOW)
    assert not await store.write(factors.spend_recovery_code, JSMITH, b"two", NOW)
    await store.write(factors.replace_recovery_codes, JSMITH, (), NOW)
    assert await store.read(factors.of, JSMITH) == Factors()


async def test_passkeys(store: Store) -> None:
    """A credential belongs to one person, whose passkeys nobody else renames or removes."""
    assert await store.write(passkeys.add, PASSKEY)
    taken = msgspec.structs.replace(PASSKEY, id=2, kind="developer")
    assert not await store.write(passkeys.add, taken)
    assert await store.read(passkeys.find, b"credential") == PASSKEY
    assert await store.read(passkeys.find, b"other") is None
    assert not await store.write(passkeys.rename, NAMESAKE, 1, "Mine")
    assert not await store.write(passkeys.remove, NAMESAKE, 1)
    assert await store.write(passkeys.rename, JSMITH, 1, "Laptop")
    assert [each.name for each in await store.read(passkeys.of, JSMITH)] == ["Laptop"]
    assert await store.read(factors.has_any, JSMITH)
    assert not await store.read(factors.has_any, NAMESAKE)
    assert await store.write(passkeys.remove, JSMITH, 1)
    assert await store.write(passkeys.remove_all, JSMITH) == 0


async def test_a_counter_only_goes_up(store: Store) -> None:
    """A key without a counter always says 0; one that counts must count on."""
    await store.write(passkeys.add, PASSKEY)
    assert await store.write(passkeys.use, PASSKEY, 0, NOW)
    assert await store.write(passkeys.use, PASSKEY, 0, NOW + 1)
    assert await store.write(passkeys.use, PASSKEY, 7, NOW + 2)
    assert not await store.write(passkeys.use, PASSKEY, 7, NOW + 3)
    assert not await store.write(passkeys.use, PASSKEY, 0, NOW + 3)
    found = await store.read(passkeys.find, b"credential")
    assert found is not None
    assert (found.sign_count, found.last_used_at) == (7, NOW + 2)


async def test_what_may_be_used_once(store: Store) -> None:
    """The first use wins; what has expired is forgotten, what has not is not."""
    assert await store.write(spent.spend, b"challenge", NOW + 10)
    assert not await store.write(spent.spend, b"challenge", NOW + 10)
    await store.write(spent.forget, NOW + 10)
    assert not await store.write(spent.spend, b"challenge", NOW + 10)
    await store.write(spent.forget, NOW + 11)
    assert await store.write(spent.spend, b"challenge", NOW + 20)
