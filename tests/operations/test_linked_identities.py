"""Linking, unlinking, signing in with a link, joining: who may, what is stored, what is audited."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from gatelodge.identity.developers import Developer
from gatelodge.identity.errors import InviteRefused, Unknown
from gatelodge.identity.linked import LinkedElsewhere, OnlyWayIn
from gatelodge.oauth.upstream_identity import Identity
from gatelodge.operations import developers as people
from gatelodge.operations import invites, joining
from gatelodge.operations import linked_identities as acts
from gatelodge.operations.actor import Act, Actor, Occasion, command_line
from gatelodge.operations.joining import MayNotJoin
from gatelodge.providers import Provider
from gatelodge.storage import audit, developers
from gatelodge.storage.connections import Connection
from gatelodge.storage.engine import Store

NOW = 1_800_000_000
ISSUER = "https://id.corp.example"
WHO = Identity(
    issuer=ISSUER, subject="s-1", email="ada@corp.example", email_verified=True, name="Ada"
)
CORP = Provider(
    id="corp",
    name="Corp",
    issuer=ISSUER,
    client_id="c",
    client_secret="s",
    email_domains=frozenset({"corp.example"}),
    unknown_developers="create",
)
INVITED = msgspec.structs.replace(CORP, unknown_developers="invited")


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """A store with two developers, of whom the first has a password."""
    opened = await Store.open(database_url)
    await opened.write(developers.add, person(1, "one@example.com", "hash"))
    await opened.write(developers.add, person(2, "two@example.com", None))
    yield opened
    await opened.close()


def person(number: int, email: str, password_hash: str | None) -> Developer:
    """Make an active developer."""
    return Developer(
        id=number,
        email=email,
        name="Somebody",
        roles=frozenset({"developer"}),
        state="active",
        password_hash=password_hash,
        created_at=NOW,
    )


def act(store: Store, number: int) -> Act:
    """Return an act of a developer."""
    actor = Actor(kind="developer", id=number, name=f"{number}@example.com", address="192.0.2.1")
    return Act(actor=actor, now=NOW, ids=store.ids)


def when(store: Store) -> Occasion:
    """Return now."""
    return Occasion(now=NOW + 9, address="192.0.2.2", ids=store.ids)


def audited(conn: Connection, number: int) -> list[tuple[str, str, object]]:
    """Return what the activity log says of a developer: act, address, the provider's account."""
    found = audit.of_object(conn, "developer", number)
    return [(e.act, e.address, e.detail.get("account", e.detail.get("how"))) for e in found]


async def test_linking_signing_in_and_unlinking(store: Store) -> None:
    """Each act is written down with where from and which account; linking twice is one link."""
    assert await store.write(acts.enter_developer, when(store), WHO) is None
    made = await store.write(acts.link, act(store, 1), "developer", WHO)
    assert await store.write(acts.link, act(store, 1), "developer", WHO) == made
    renamed = msgspec.structs.replace(WHO, email="lovelace@corp.example")
    entered = await store.write(acts.enter_developer, when(store), renamed)
    assert entered is not None
    assert entered.id == 1
    (link,) = await store.read(acts.of_person, "developer", 1)
    assert (link.label, link.used_at) == ("lovelace@corp.example", NOW + 9)
    await store.write(acts.unlink, act(store, 1), "developer", str(link.id))
    assert await store.write(acts.enter_developer, when(store), WHO) is None
    assert await store.read(audited, 1) == [
        ("developer.unlink", "192.0.2.1", "lovelace@corp.example"),
        ("developer.sign-in-linked", "192.0.2.2", "ada@corp.example"),
        ("developer.link", "192.0.2.1", "ada@corp.example"),
    ]


async def test_an_account_that_is_taken(store: Store) -> None:
    """Neither somebody else's account nor a second one of the same provider can be linked."""
    await store.write(acts.link, act(store, 1), "developer", WHO)
    with pytest.raises(LinkedElsewhere):
        await store.write(acts.link, act(store, 2), "developer", WHO)
    second = msgspec.structs.replace(WHO, subject="s-2")
    with pytest.raises(LinkedElsewhere):
        await store.write(acts.link, act(store, 1), "developer", second)
    nobody = msgspec.structs.replace(act(store, 1), actor=command_line("root"))
    with pytest.raises(Unknown):
        await store.write(acts.link, nobody, "developer", WHO)


async def test_what_cannot_be_unlinked(store: Store) -> None:
    """Somebody else's link, what is no number, and the last way in stay."""
    made = await store.write(acts.link, act(store, 2), "developer", WHO)
    for number, typed in ((1, str(made.id)), (2, "x"), (2, "9" * 40), (2, "")):
        with pytest.raises(Unknown):
            await store.write(acts.unlink, act(store, number), "developer", typed)
    with pytest.raises(OnlyWayIn):
        await store.write(acts.unlink, act(store, 2), "developer", str(made.id))


async def test_a_disabled_developer_stays_out(store: Store) -> None:
    """A link opens no door to who was disabled; enabled again, it does, password or not."""
    await store.write(acts.link, act(store, 2), "developer", WHO)
    operator = Act(actor=command_line("root"), now=NOW, ids=store.ids)
    await store.write(people.disable, operator, 2)
    with pytest.raises(Unknown):
        await store.write(acts.enter_developer, when(store), WHO)
    assert (await store.write(people.enable, operator, 2)).state == "active"
    assert await store.write(acts.enter_developer, when(store), WHO) is not None


async def test_an_address_alone_links_nothing(store: Store) -> None:
    """Whoever comes with the address of somebody who is here gets neither in nor an account."""
    same = msgspec.structs.replace(CORP, email_domains=frozenset({"example.com"}))
    who = msgspec.structs.replace(WHO, email="one@example.com")
    assert await store.write(acts.enter_developer, when(store), who) is None
    assert await store.read(joining.can_join, same, who, NOW) is None
    with pytest.raises(MayNotJoin):
        await store.write(joining.join, when(store), same, who)


async def test_a_developer_joins(store: Store) -> None:
    """A verified address of a named domain makes a developer, who comes in from then on."""
    assert await store.read(joining.can_join, CORP, WHO, NOW) == "create"
    made = await store.write(joining.join, when(store), CORP, WHO)
    assert (made.email, made.name, made.state) == ("ada@corp.example", "Ada", "active")
    assert made.roles == {"developer"}
    entered = await store.write(acts.enter_developer, when(store), WHO)
    assert entered == made
    with pytest.raises(MayNotJoin):
        await store.write(joining.join, when(store), CORP, WHO)
    acts_of = [line[0] for line in await store.read(audited, made.id)]
    assert acts_of == ["developer.sign-in-linked", "developer.link", "developer.join"]


async def test_an_invitation_is_taken_up_once(store: Store) -> None:
    """The invited join with the invitation's roles; its link is spent, and nobody else joins."""
    key = bytes(32)
    operator = Act(actor=command_line("root"), now=NOW, ids=store.ids)
    assert await store.read(joining.can_join, INVITED, WHO, NOW) is None
    invited = await store.write(
        invites.invite, operator, key, WHO.email, frozenset({"developer", "publisher"})
    )
    late = invited.expires_at
    assert await store.read(joining.can_join, INVITED, WHO, late) is None
    assert await store.read(joining.can_join, INVITED, WHO, NOW) == "invitation"
    made = await store.write(joining.join, when(store), INVITED, WHO)
    assert made.state == "active"
    assert made.roles == {"developer", "publisher"}
    with pytest.raises(InviteRefused):
        await store.read(invites.look, key, invited.text, NOW)


async def test_a_nameless_account_is_called_something(store: Store) -> None:
    """Without a name the address gives one; without both a link is shown by its subject."""
    made = await store.write(joining.join, when(store), CORP, msgspec.structs.replace(WHO, name=""))
    assert made.name == "ada"
    bare = Identity(issuer=ISSUER, subject="s-9")
    assert acts.label_of(bare) == "s-9"
    assert acts.label_of(msgspec.structs.replace(bare, name="Nine")) == "Nine"
