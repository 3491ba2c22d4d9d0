"""Shutting people out ends their sessions and tokens; only administrators may."""

from typing import Any

import pytest
from sqlalchemy import Connection

from gatelodge.catalog.applications import Draft
from gatelodge.catalog.credentials import KeySettings
from gatelodge.catalog.errors import NotAllowed
from gatelodge.identity.errors import Unknown
from gatelodge.identity.sessions import Kind, Session
from gatelodge.operations import applications, credentials, developers, users
from gatelodge.operations.credentials import Target
from gatelodge.storage import audit, changes, clients, revocations, sessions
from gatelodge.storage import developers as stored_developers
from gatelodge.storage.engine import Store
from tests.operations.conftest import ADMINISTRATOR, DIGEST_KEY, NOW, OTHER, OWNER, act
from tests.operations.people import AJONES, JSMITH, add_passwords


@pytest.fixture(autouse=True)
async def people(store: Store) -> None:
    """People with passwords, everybody signed in."""
    await store.write(add_passwords)
    await store.write(sign_in_all)


def sign_in_all(conn: Connection) -> None:
    """Start one session each; its id is the person's."""
    people: list[tuple[Kind, int]] = [("developer", OWNER), ("developer", OTHER)]
    people += [("user", JSMITH), ("user", AJONES)]
    for kind, id_ in people:
        session = Session(
            id=id_,
            digest=b"d",
            kind=kind,
            subject_id=id_,
            auth_time=NOW,
            amr=("pwd",),
            created_at=NOW,
            seen_at=NOW,
            expires_at=NOW + 10,
            address="",
            user_agent="",
        )
        sessions.add(conn, session)


async def signed_in(store: Store) -> set[int]:
    """Return whose sessions live."""
    people = (OWNER, OTHER, JSMITH, AJONES)
    return {id_ for id_ in people if await store.read(sessions.find, id_) is not None}


async def test_a_disabled_user_loses_sessions_and_tokens(store: Store) -> None:
    """Every token issued so far is revoked, and enabling brings none back."""
    before = store.ids.next()
    found = await store.write(users.disable, act(store, ADMINISTRATOR), JSMITH)
    assert found.state == "disabled"
    assert await signed_in(store) == {OWNER, OTHER, AJONES}
    logged = await store.read(changes.since, 0)
    assert ("user", JSMITH) in {(change.kind, change.ref) for change in logged}
    ended = await store.read(revocations.concerning, [], [JSMITH, AJONES], [])
    facts: dict[str, Any] = {"token_id": before, "family_id": None, "client_row": 0}
    assert ended.cover(**facts, user_id=JSMITH)
    assert not ended.cover(**facts, user_id=AJONES)

    found = await store.write(users.enable, act(store, ADMINISTRATOR), JSMITH)
    assert found.state == "active"
    later = facts | {"token_id": store.ids.next()}
    ended = await store.read(revocations.concerning, [], [JSMITH], [])
    assert ended.cover(**facts, user_id=JSMITH)
    assert not ended.cover(**later, user_id=JSMITH)


async def test_a_new_password_ends_what_the_old_one_opened(store: Store) -> None:
    """Sessions and tokens of before are gone; the log names the act and no secret."""
    found = await store.write(users.set_password, act(store, ADMINISTRATOR), JSMITH, "new hash")
    assert found.password_hash == "new hash"
    assert await signed_in(store) == {OWNER, OTHER, AJONES}
    ended = await store.read(revocations.concerning, [], [JSMITH], [])
    assert ended.users
    events = await store.read(audit.of_object, "user", JSMITH)
    assert [event.act for event in events] == ["user.set-password"]
    assert "new hash" not in str(events)


async def test_a_disabled_developer_takes_the_applications_along(store: Store) -> None:
    """Sessions end, the consumer keys are inactive, and tokens issued to them are revoked."""
    draft = Draft(name="Mine", description="", quota="Unlimited")
    made = await store.write(applications.create, act(store, OWNER), OWNER, draft)
    target = Target(application_id=made.id, environment="production")
    settings = KeySettings(grant_types=frozenset({"client_credentials"}), redirect_uris=())
    issued = await store.write(
        credentials.generate, act(store, OWNER), DIGEST_KEY, target, settings
    )
    before = store.ids.next()

    await store.write(developers.disable, act(store, ADMINISTRATOR), OWNER)

    assert await signed_in(store) == {OTHER, JSMITH, AJONES}
    client = await store.read(clients.find, issued.client.id)
    assert client is not None
    assert not client.active
    ended = await store.read(revocations.concerning, [], [], [client.id])
    facts: dict[str, Any] = {
        "token_id": before,
        "family_id": None,
        "client_row": client.id,
        "user_id": None,
    }
    assert ended.cover(**facts)

    enabled = await store.write(developers.enable, act(store, ADMINISTRATOR), OWNER)
    assert enabled.state == "active"
    client = await store.read(clients.find, issued.client.id)
    assert client is not None
    assert client.active


async def test_who_never_had_a_password_is_invited_again(store: Store) -> None:
    """Enabling a developer who has not taken the invitation up leaves them invited."""
    await store.write(developers.disable, act(store, ADMINISTRATOR), OTHER)
    found = await store.write(developers.enable, act(store, ADMINISTRATOR), OTHER)
    assert found.state == "invited"


async def test_a_developer_sets_their_own_password(store: Store) -> None:
    """Oneself and administrators may; sessions of the old one end."""
    await store.write(developers.set_password, act(store, OWNER), OWNER, "mine")
    await store.write(developers.set_password, act(store, ADMINISTRATOR), OTHER, "theirs")
    assert await signed_in(store) == {JSMITH, AJONES}
    found = await store.read(stored_developers.find, OWNER)
    assert found is not None
    assert found.password_hash == "mine"


async def test_only_administrators_may(store: Store) -> None:
    """A developer shuts nobody out and sets nobody else's password."""
    mine = act(store, OWNER)
    with pytest.raises(NotAllowed):
        await store.write(developers.set_password, mine, OTHER, "x")
    with pytest.raises(NotAllowed):
        await store.write(users.set_password, mine, JSMITH, "x")
    for operation in (developers.disable, developers.enable):
        with pytest.raises(NotAllowed):
            await store.write(operation, mine, OTHER)
    for change in (users.disable, users.enable):
        with pytest.raises(NotAllowed):
            await store.write(change, mine, JSMITH)
    assert await signed_in(store) == {OWNER, OTHER, JSMITH, AJONES}


async def test_unknown_people(store: Store) -> None:
    """Each act says that there is no such person."""
    boss = act(store, ADMINISTRATOR)
    with pytest.raises(Unknown):
        await store.write(developers.disable, boss, 99)
    with pytest.raises(Unknown):
        await store.write(users.disable, boss, 99)
    with pytest.raises(Unknown):
        await store.read(developers.find, "")
    with pytest.raises(Unknown):
        await store.read(users.find, "nobody")
    assert (await store.read(developers.find, "dev@example.com")).id == OWNER
    assert (await store.read(users.find, "JSMITH")).id == JSMITH
