"""Acts on factors and the second step: once, counted, paused, audited, undone by the operator."""

import asyncio

import msgspec
import pytest

from gatelodge.catalog.errors import NotAllowed
from gatelodge.identity import totp
from gatelodge.identity.errors import AlreadyHas, Invalid, SecondStepRefused, SignInRefused, Unknown
from gatelodge.identity.factors import MOST_PASSKEYS, Factors, Passkey, Person
from gatelodge.operations import factors as acts
from gatelodge.operations import sealed_totp
from gatelodge.operations.sealed_totp import UnreadableTotpSecret
from gatelodge.operations.second_step import SecondStep
from gatelodge.operations.sign_in import SignIn
from gatelodge.settings import Secrets
from gatelodge.storage import audit, factors, revocations
from gatelodge.storage.engine import Store
from tests.operations.conftest import ADMINISTRATOR, NOW, OWNER, act
from tests.operations.people import JSMITH, PASSWORD, PlainPool, add_passwords

SECRETS = Secrets(b"s" * 32)
SECRET = b"12345678901234567890"
USER, DEVELOPER = Person("user", JSMITH), Person("developer", OWNER)
PASSKEY = Passkey(
    id=1,
    kind="user",
    person_id=JSMITH,
    credential_id=b"credential",
    public_key=b"public",
    sign_count=0,
    single_device=True,
    name="Phone",
    created_at=NOW,
)


def code(now: int = NOW) -> str:
    """Return what the app shows."""
    return totp.code(SECRET, now // totp.STEP)


@pytest.fixture
async def codes(store: Store) -> acts.Codes:
    """The recovery codes of jsmith, who has set up an app just now."""
    await store.write(add_passwords)
    who = act(store, OWNER)
    return await store.write(acts.add_totp, who, SECRETS, USER, SECRET, code())


async def events(store: Store) -> list[str]:
    """Return what the activity log says about jsmith, the newest first."""
    return [event.act for event in await store.read(audit.of_object, "user", JSMITH)]


async def test_setting_up_an_app(store: Store, codes: acts.Codes) -> None:
    """The first factor brings ten recovery codes; a second app is refused; all is written down."""
    assert len(set(codes)) == 10
    assert await store.read(factors.of, USER) == Factors(totp=True, recovery_codes=10)
    with pytest.raises(AlreadyHas):
        await store.write(acts.add_totp, act(store, OWNER), SECRETS, USER, SECRET, code(NOW))
    assert await events(store) == ["user.recovery-codes", "user.totp-add"]


async def test_an_app_with_a_wrong_code_is_not_taken(store: Store) -> None:
    """Nothing is stored until the app has shown a right code."""
    with pytest.raises(Invalid):
        await store.write(acts.add_totp, act(store, OWNER), SECRETS, USER, SECRET, code(NOW + 300))
    assert not await store.read(factors.has_any, USER)


async def test_the_secret_is_sealed_for_one_person(store: Store, codes: acts.Codes) -> None:
    """The row does not hold the secret, and opens neither for another person nor elsewhere."""
    del codes
    stored = await store.read(factors.find_totp, USER)
    assert stored is not None
    assert SECRET not in stored.sealed
    assert sealed_totp.opened(SECRETS, USER, stored.sealed) == SECRET
    for secrets, person in ((SECRETS, DEVELOPER), (Secrets(b"o" * 32), USER)):
        with pytest.raises(UnreadableTotpSecret):
            sealed_totp.opened(secrets, person, stored.sealed)


async def test_a_code_counts_once(store: Store, codes: acts.Codes) -> None:
    """The code of the set-up is spent with it; of 64 uses of the next one, one wins."""
    del codes
    step = SecondStep(store, SECRETS)
    with pytest.raises(SecondStepRefused):
        await step.code(act(store, OWNER), USER, code())
    later = act(store, OWNER, NOW + totp.STEP)
    typed = code(NOW + totp.STEP)
    outcomes = await asyncio.gather(
        *(step.code(later, USER, typed) for _ in range(64)), return_exceptions=True
    )
    assert [each for each in outcomes if isinstance(each, tuple)] == [("otp",)]


async def test_a_recovery_code_counts_once(store: Store, codes: acts.Codes) -> None:
    """However it is typed; the activity log says how many are left."""
    step = SecondStep(store, SECRETS)
    who = act(store, OWNER)
    assert await step.code(who, USER, codes[3].lower().replace("-", " ")) == ("otp",)
    with pytest.raises(SecondStepRefused):
        await step.code(who, USER, codes[3])
    newest = (await store.read(audit.of_object, "user", JSMITH))[0]
    assert (newest.act, newest.detail) == ("user.recovery-code", {"left": 9})


async def test_wrong_codes_pause_and_the_password_does_not_end_the_pause(
    store: Store, codes: acts.Codes
) -> None:
    """After five even a right code waits, whatever was signed in with meanwhile."""
    step = SecondStep(store, SECRETS)
    who = act(store, OWNER)
    for typed in ("000000", "", "x" * 500, "aaaa-bbbb-cccc-dddd", "12"):
        with pytest.raises(SecondStepRefused):
            await step.code(who, USER, typed)
    await SignIn(store, PlainPool(), SECRETS).user("jsmith", PASSWORD, NOW)
    with pytest.raises(SecondStepRefused):
        await step.code(who, USER, codes[0])
    assert await step.code(act(store, OWNER, NOW + 1), USER, codes[0]) == ("otp",)


async def test_a_code_of_somebody_without_an_app(store: Store) -> None:
    """There is nothing a code could match."""
    with pytest.raises(SecondStepRefused):
        await SecondStep(store, SECRETS).code(act(store, OWNER), DEVELOPER, code())


async def test_whether_a_second_step_is_needed(store: Store, codes: acts.Codes) -> None:
    """For who has a factor, until several were proven; a namesake is somebody else."""
    del codes
    step = SecondStep(store, SECRETS)
    assert await step.needed(USER, ("pwd",))
    assert not await step.needed(USER, ("hwk", "user", "mfa"))
    assert not await step.needed(DEVELOPER, ("pwd",))


async def test_the_password_grant_takes_no_password(store: Store, codes: acts.Codes) -> None:
    """The right password is as wrong as any for who has a second factor, and is counted so."""
    pool = PlainPool()
    sign_in = SignIn(store, pool, SECRETS)
    for _ in range(5):
        with pytest.raises(SignInRefused):
            await sign_in.user_by_password_alone("jsmith", PASSWORD, NOW)
    assert set(pool.compared) == {None}
    with pytest.raises(SignInRefused) as paused:
        await sign_in.user("jsmith", PASSWORD, NOW)
    assert paused.value.locked
    assert (await sign_in.user_by_password_alone("ajones", PASSWORD, NOW)).login_name == "ajones"
    with pytest.raises(SignInRefused):
        await sign_in.user_by_password_alone("nobody", PASSWORD, NOW)
    del codes


async def test_recovery_codes_come_and_go_with_the_factors(store: Store, codes: acts.Codes) -> None:
    """Renewing makes the old ones worthless; the last factor takes them along."""
    who = act(store, OWNER)
    assert await store.write(acts.add_passkey, who, SECRETS, PASSKEY) == ()
    fresh = await store.write(acts.renew_recovery_codes, who, SECRETS, USER)
    assert not set(fresh) & set(codes)
    await store.write(acts.remove_totp, who, USER)
    assert await store.read(factors.of, USER) == Factors(passkeys=1, recovery_codes=10)
    await store.write(acts.remove_passkey, who, USER, PASSKEY.id)
    assert await store.read(factors.of, USER) == Factors()
    with pytest.raises(Unknown):
        await store.write(acts.renew_recovery_codes, who, SECRETS, USER)
    with pytest.raises(Unknown):
        await store.write(acts.remove_totp, who, USER)


async def test_passkeys_have_names_and_a_limit(store: Store) -> None:
    """Names are checked, a credential is taken once, and there is an end to how many."""
    who = act(store, OWNER)
    assert len(await store.write(acts.add_passkey, who, SECRETS, PASSKEY)) == 10
    with pytest.raises(AlreadyHas):
        await store.write(acts.add_passkey, who, SECRETS, PASSKEY)
    await store.write(acts.rename_passkey, who, USER, PASSKEY.id, "Laptop")
    with pytest.raises(Invalid):
        await store.write(acts.rename_passkey, who, USER, PASSKEY.id, "")
    with pytest.raises(Unknown):
        await store.write(acts.rename_passkey, who, DEVELOPER, PASSKEY.id, "Mine")
    with pytest.raises(Unknown):
        await store.write(acts.remove_passkey, who, DEVELOPER, PASSKEY.id)
    for number in range(2, MOST_PASSKEYS + 1):
        more = msgspec.structs.replace(PASSKEY, id=number, credential_id=str(number).encode())
        await store.write(acts.add_passkey, who, SECRETS, more)
    one_too_many = msgspec.structs.replace(PASSKEY, id=99, credential_id=b"99")
    with pytest.raises(Invalid):
        await store.write(acts.add_passkey, who, SECRETS, one_too_many)


async def test_the_operators_reset(store: Store, codes: acts.Codes) -> None:
    """An administrator takes everything away, what was signed in as well; nobody else may."""
    del codes
    with pytest.raises(NotAllowed):
        await store.write(acts.reset, act(store, OWNER), USER)
    issued = store.ids.next()
    await store.write(acts.reset, act(store, ADMINISTRATOR), USER)
    assert await store.read(factors.of, USER) == Factors()
    ended = await store.read(revocations.concerning, [], [JSMITH], [])
    assert ended.cover(token_id=issued, family_id=issued, client_row=1, user_id=JSMITH)
    assert (await events(store))[0] == "user.reset-factors"
