"""Developers and users: found whatever the case of letters, changed under their id."""

import msgspec
import pytest

from gatelodge.storage import developers, users
from gatelodge.storage.engine import Store
from tests.storage.people import add_people, add_user, developer


@pytest.fixture(autouse=True)
async def people(store: Store) -> None:
    """Fill the store."""
    await store.write(add_people)


@pytest.mark.parametrize("login", ["jsmith", "JSMITH", "jsmith@example.com", "JSmith@Example.com"])
async def test_users_are_found_by_login_and_address(store: Store, login: str) -> None:
    """Letters' case does not matter."""
    found = await store.read(users.find_by_login, login)
    assert found is not None
    assert found.id == 22
    assert found == await store.read(users.find, 22)


@pytest.mark.parametrize(
    "login", ["", "nobody", "%", "j%", "nobody@example.com", "é😀", "x" * 9_999]
)
async def test_other_logins_find_nobody(store: Store, login: str) -> None:
    """No pattern, no length and no alphabet finds somebody by chance."""
    assert await store.read(users.find_by_login, login) is None


async def test_a_shared_address_is_nobodys_login(store: Store) -> None:
    """Two users with one address have to use their login names."""
    await store.write(add_user, 24, "third", "jsmith@example.com")
    assert await store.read(users.find_by_login, "jsmith@example.com") is None
    found = await store.read(users.find_by_login, "third")
    assert found is not None


async def test_a_login_that_looks_like_anothers_address_wins(store: Store) -> None:
    """The login name counts before the address."""
    await store.write(add_user, 24, "jsmith@example.com", "other@example.com")
    found = await store.read(users.find_by_login, "jsmith@example.com")
    assert found is not None
    assert found.id == 24


async def test_password_and_state_of_a_user_change(store: Store) -> None:
    """What sign-in looks at can be set."""
    await store.write(users.set_password, 22, "hash")
    await store.write(users.set_state, 22, "disabled")
    found = await store.read(users.find, 22)
    assert found is not None
    assert (found.password_hash, found.state) == ("hash", "disabled")


async def test_developers_come_back_as_they_were(store: Store) -> None:
    """By id, by folded address, all of them, and by role."""
    boss = developer(2, "boss@example.com", roles=frozenset({"developer", "administrator"}))
    await store.write(developers.add, boss)
    assert await store.read(developers.find, 2) == boss
    assert await store.read(developers.find_by_email, "boss@example.com") == boss
    assert await store.read(developers.find_by_email, "Boss@example.com") is None
    assert [each.id for each in await store.read(developers.all_of)] == [2, 1]
    assert await store.read(developers.with_role, "administrator") == [boss]

    gone = msgspec.structs.replace(boss, state="disabled")
    await store.write(developers.replace, gone)
    assert await store.read(developers.find, 2) == gone
    assert await store.read(developers.with_role, "administrator") == []
