"""Signing in: right, wrong, paused, all at once, and never telling which name is known."""

import asyncio
from collections.abc import Awaitable

import pytest

from gatelodge.identity.errors import PoolFull, SignInRefused
from gatelodge.identity.sign_in import KnownBrowser
from gatelodge.operations.sign_in import SignIn
from gatelodge.settings import Secrets
from gatelodge.storage import users
from gatelodge.storage.engine import Store
from tests.operations.conftest import NOW, OWNER
from tests.operations.people import AJONES, JSMITH, PASSWORD, PlainPool, add_passwords

SECRETS = Secrets(b"s" * 32)


@pytest.fixture
def pool() -> PlainPool:
    """A pool that hashes nothing."""
    return PlainPool()


@pytest.fixture
async def sign_in(store: Store, pool: PlainPool) -> SignIn:
    """Sign-in to a store with people."""
    await store.write(add_passwords)
    return SignIn(store, pool, SECRETS)


async def refused(attempt: Awaitable[object]) -> SignInRefused:
    """Return the refusal of an attempt that has to fail."""
    with pytest.raises(SignInRefused) as found:
        await attempt
    return found.value


@pytest.mark.parametrize("login", ["jsmith", "JSmith", "jsmith@example.com"])
async def test_the_right_password(sign_in: SignIn, login: str) -> None:
    """A user signs in by login name or address, a developer by address."""
    assert (await sign_in.user(login, PASSWORD, NOW)).id == JSMITH
    assert (await sign_in.developer("dev@example.com", PASSWORD, NOW)).id == OWNER


@pytest.mark.parametrize("login", ["jsmith", "nobody", ""])
async def test_the_wrong_password_and_the_unknown_name(
    sign_in: SignIn, pool: PlainPool, login: str
) -> None:
    """Both are refused alike, and both cost one comparison."""
    await refused(sign_in.user(login, "wrong", NOW))
    await refused(sign_in.developer(login, "wrong", NOW))
    assert len(pool.compared) == 2


async def test_after_five_failures_even_the_right_password_waits(
    sign_in: SignIn, pool: PlainPool
) -> None:
    """During the pause the password is not looked at, though it costs the same; then it is."""
    for _ in range(5):
        assert not (await refused(sign_in.user("jsmith", "wrong", NOW))).locked
    paused = await refused(sign_in.user("jsmith", PASSWORD, NOW))
    assert paused.locked
    assert pool.compared[-1] is None
    assert (await sign_in.user("jsmith", PASSWORD, NOW + 1)).id == JSMITH


async def test_success_forgets_the_failures(sign_in: SignIn) -> None:
    """Four failures and a success start the count anew."""
    for _ in range(3):
        for _ in range(4):
            await refused(sign_in.user("jsmith", "wrong", NOW))
        await sign_in.user("jsmith", PASSWORD, NOW)


async def test_one_person_has_one_count(sign_in: SignIn) -> None:
    """Login, address and another case of letters are one name; another person's is another."""
    for login in ("jsmith", "JSMITH", "jsmith@example.com", "Jsmith@Example.com", "jsmith"):
        await refused(sign_in.user(login, "wrong", NOW))
    assert (await refused(sign_in.user("jsmith", PASSWORD, NOW))).locked
    assert (await sign_in.user("ajones", PASSWORD, NOW)).id == AJONES
    assert (await sign_in.developer("dev@example.com", PASSWORD, NOW)).id == OWNER


async def test_unknown_names_are_paused_like_known_ones(sign_in: SignIn) -> None:
    """Nobody learns from a pause who exists."""
    for _ in range(5):
        assert not (await refused(sign_in.user("Nobody", "wrong", NOW))).locked
    assert (await refused(sign_in.user("nobody", "wrong", NOW))).locked


async def test_guesses_side_by_side_do_not_get_through(
    sign_in: SignIn, pool: PlainPool, store: Store
) -> None:
    """Of 64 guesses at once, on two nodes, only the free ones are compared with the password."""
    other = SignIn(store, pool, SECRETS)
    guesses = [
        node.user("jsmith", f"guess {number}", NOW)
        for number in range(30)
        for node in (sign_in, other)
    ]
    answers = await asyncio.gather(*guesses, return_exceptions=True)
    assert all(isinstance(answer, SignInRefused) for answer in answers)
    assert sum(compared is not None for compared in pool.compared) == 5


async def test_right_passwords_side_by_side_all_get_through(sign_in: SignIn) -> None:
    """An application that signs one user in many times at once is no guesser."""
    answers = await asyncio.gather(*(sign_in.user("jsmith", PASSWORD, NOW) for _ in range(50)))
    assert {answer.id for answer in answers} == {JSMITH}


async def test_a_crowd_under_one_name_is_turned_away(sign_in: SignIn) -> None:
    """More than 64 at once under one name are told to come back, and others still get in."""
    crowd = [sign_in.user("jsmith", PASSWORD, NOW) for _ in range(200)]
    answers = await asyncio.gather(
        *crowd, sign_in.user("ajones", PASSWORD, NOW), return_exceptions=True
    )
    assert sum(isinstance(answer, PoolFull) for answer in answers) > 100
    assert not isinstance(answers[-1], Exception)


@pytest.mark.parametrize("full_after", [0, 3])
async def test_a_busy_server_locks_nobody_out(
    sign_in: SignIn, pool: PlainPool, full_after: int
) -> None:
    """An attempt that could not be checked was none."""
    pool.full_after = full_after
    for _ in range(20):
        with pytest.raises((PoolFull, SignInRefused)):
            await sign_in.user("jsmith", "wrong", NOW)
    pool.full_after = 10_000
    assert (await sign_in.user("jsmith", PASSWORD, NOW)).id == JSMITH


async def test_who_is_disabled_is_refused_like_anybody(sign_in: SignIn, store: Store) -> None:
    """The right password of a disabled user or an uninvited developer opens nothing."""
    await store.write(users.set_state, JSMITH, "disabled")
    assert not (await refused(sign_in.user("jsmith", PASSWORD, NOW))).locked
    await refused(sign_in.developer("eve@example.com", PASSWORD, NOW))
    await refused(sign_in.developer("", "", NOW))


async def test_strangers_failures_do_not_keep_a_known_browser_out(sign_in: SignIn) -> None:
    """Who has signed in there before still can, guesses there are counted there, others wait."""
    browser = KnownBrowser(id=9, people=(JSMITH,))
    for _ in range(5):
        await refused(sign_in.user("jsmith", "wrong", NOW))
    assert (await sign_in.user("jsmith", PASSWORD, NOW, browser)).id == JSMITH
    assert (await refused(sign_in.user("jsmith", PASSWORD, NOW))).locked
    for _ in range(5):
        await refused(sign_in.user("jsmith", "wrong", NOW, browser))
    assert (await refused(sign_in.user("jsmith", PASSWORD, NOW, browser))).locked
    known = KnownBrowser(id=9, people=(OWNER,))
    assert (await sign_in.developer("dev@example.com", PASSWORD, NOW, known)).id == OWNER
