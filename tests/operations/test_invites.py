"""Invitations: one link, one person, once."""

import asyncio

import msgspec
import pytest

from gatelodge.catalog.errors import NotAllowed
from gatelodge.identity.developers import Role
from gatelodge.identity.errors import AlreadyThere, Invalid, InviteRefused
from gatelodge.identity.invites import LIFETIME
from gatelodge.oauth import opaque
from gatelodge.operations import developers, invites
from gatelodge.operations.invites import Acceptance
from gatelodge.storage import developers as stored
from gatelodge.storage.engine import Store
from tests.operations.conftest import ADMINISTRATOR, NOW, OWNER, act

KEY = b"i" * 32
ROLES: frozenset[Role] = frozenset({"developer"})
TYPED = Acceptance(email="", name=" Ada ", password_hash="hash")


async def invited(store: Store, email: str = "Ada@Example.com") -> str:
    """Invite somebody and return the link's text."""
    boss = act(store, ADMINISTRATOR)
    return (await store.write(invites.invite, boss, KEY, email, ROLES)).text


async def test_an_invited_developer_becomes_active(store: Store) -> None:
    """Name and password are the person's, address and roles the invitation's."""
    text = await invited(store)
    assert (await store.read(invites.look, KEY, text, NOW)).email == "ada@example.com"

    made = await store.write(invites.accept, act(store, OWNER), KEY, text, TYPED)

    assert (made.name, made.state, made.password_hash) == ("Ada", "active", "hash")
    assert await store.read(stored.find_by_email, "ada@example.com") == made


async def test_a_link_is_spent_once(store: Store) -> None:
    """Of many who follow it at once exactly one gets in, and nobody afterwards."""
    text = await invited(store)
    answers = await asyncio.gather(
        *(store.write(invites.accept, act(store, OWNER), KEY, text, TYPED) for _ in range(16)),
        return_exceptions=True,
    )
    assert sum(isinstance(answer, InviteRefused) for answer in answers) == 15
    with pytest.raises(InviteRefused):
        await store.read(invites.look, KEY, text, NOW)


async def test_links_that_do_not_work(store: Store) -> None:
    """Expired, invented, with another secret, of another kind: all refused alike."""
    text = await invited(store)
    real = opaque.read(opaque.INVITE, text)
    assert real is not None
    with pytest.raises(InviteRefused):
        await store.read(invites.look, KEY, text, NOW + LIFETIME)
    for other in (
        "",
        "glin_",
        opaque.write(opaque.INVITE, real.row_id, bytes(32)),
        opaque.write(opaque.INVITE, real.row_id + 1, real.secret),
        opaque.write(opaque.CODE, real.row_id, real.secret),
    ):
        with pytest.raises(InviteRefused):
            await store.read(invites.look, KEY, other, NOW)


async def test_a_second_invitation_replaces_the_first(store: Store) -> None:
    """The earlier link stops working; who is active already cannot be invited."""
    first = await invited(store)
    second = await invited(store, "ada@example.com")
    with pytest.raises(InviteRefused):
        await store.read(invites.look, KEY, first, NOW)
    await store.write(invites.accept, act(store, OWNER), KEY, second, TYPED)
    with pytest.raises(AlreadyThere):
        await invited(store)


async def test_a_disabled_developers_link_is_void(store: Store) -> None:
    """Shutting out somebody who was only invited closes the link."""
    text = await invited(store)
    found = await store.read(developers.find, "ada@example.com")
    await store.write(developers.disable, act(store, ADMINISTRATOR), found.id)
    with pytest.raises(InviteRefused):
        await store.read(invites.look, KEY, text, NOW)


async def test_only_administrators_invite_and_only_real_addresses(store: Store) -> None:
    """A developer invites nobody."""
    with pytest.raises(NotAllowed):
        await store.write(invites.invite, act(store, OWNER), KEY, "ada@example.com", ROLES)
    with pytest.raises(Invalid):
        await invited(store, "nobody")


async def test_the_first_administrator_chooses_the_address(store: Store) -> None:
    """The link exists while nobody administers; each start makes a new one."""
    system = act(store, ADMINISTRATOR)
    first = await store.write(invites.first_administrator, system, KEY)
    second = await store.write(invites.first_administrator, system, KEY)
    assert first is not None
    assert second is not None
    assert "glin" not in repr(second)
    with pytest.raises(InviteRefused):
        await store.read(invites.look, KEY, first.text, NOW)

    with pytest.raises(Invalid) as refused:
        await store.write(invites.accept, system, KEY, second.text, TYPED)
    assert set(refused.value.problems) == {"email"}
    taken = msgspec.structs.replace(TYPED, email="DEV@example.com")
    with pytest.raises(AlreadyThere):
        await store.write(invites.accept, system, KEY, second.text, taken)
    typed = msgspec.structs.replace(TYPED, email="Boss@example.com")
    made = await store.write(invites.accept, system, KEY, second.text, typed)

    assert made.roles >= {"administrator"}
    assert made.email == "boss@example.com"
    assert await store.write(invites.first_administrator, system, KEY) is None
