"""Personal access tokens on both databases: made once, compared by digest, ended with the rest."""

from functools import partial

import msgspec
import pytest

from gatelodge.identity.errors import Invalid, Unknown
from gatelodge.identity.personal_tokens import Wanted
from gatelodge.operations import developers as people
from gatelodge.operations import new_passwords
from gatelodge.operations import personal_tokens as acts
from gatelodge.operations.actor import Act, Actor, command_line
from gatelodge.operations.secret_uses import SecretUses
from gatelodge.storage import audit, developers, personal_tokens
from gatelodge.storage import people as all_people
from gatelodge.storage.engine import Store
from tests.operations.conftest import ADMINISTRATOR, DIGEST_KEY, NOW, OTHER, OWNER

WANTED = Wanted(name="CI", scopes=frozenset({"keys:write", "apis:read"}))


def act(store: Store, developer: int, roles: frozenset[str] = frozenset()) -> Act:
    """Return an act of a developer."""
    actor = Actor(kind="developer", id=developer, name="dev", roles=roles)
    return Act(actor=actor, now=NOW, ids=store.ids)


async def made(store: Store) -> acts.Made:
    """Make one for the owner."""
    return await store.write(acts.make, act(store, OWNER), DIGEST_KEY, OWNER, WANTED)


async def holder(store: Store, text: str, now: int = NOW) -> acts.Holder | None:
    """Say who comes with a text."""
    return await store.read(acts.holder, DIGEST_KEY, text, now)


async def test_one_says_who_comes_with_it(store: Store) -> None:
    """The text leads to developer and scopes, until its end; the store holds none of it."""
    one = await made(store)
    assert one.text.startswith("glpt_")
    assert one.text not in repr(one)
    found = await holder(store, one.text)
    assert found is not None
    assert (found.developer.id, found.stored) == (OWNER, one.stored)
    assert found.stored.scopes == WANTED.scopes
    stored = await store.read(personal_tokens.find, one.stored.id)
    assert stored is not None
    assert one.text not in str(msgspec.to_builtins(stored))
    assert await holder(store, one.text, one.stored.expires_at) is None
    assert await holder(store, one.text[:-1] + "x") is None
    assert await store.read(acts.holder, b"other key", one.text, NOW) is None
    (event,) = await store.read(audit.of_object, "developer", OWNER)
    assert (event.act, event.detail["tail"]) == ("personal-token.make", one.text[-4:])


async def test_only_its_developer_makes_and_revokes(store: Store) -> None:
    """A stranger, and an administrator too, can neither make one in a name nor revoke it."""
    one = await made(store)
    admin = act(store, ADMINISTRATOR, frozenset({"administrator"}))
    for foreign in (act(store, OTHER), admin):
        with pytest.raises(Unknown):
            await store.write(acts.make, foreign, DIGEST_KEY, OWNER, WANTED)
        with pytest.raises(Unknown):
            await store.write(acts.revoke, foreign, OWNER, one.stored.id)
    with pytest.raises(Unknown):
        await store.write(acts.revoke, act(store, OTHER), OTHER, one.stored.id)
    await store.write(acts.revoke, act(store, OWNER), OWNER, one.stored.id)
    assert await holder(store, one.text) is None
    with pytest.raises(Unknown):
        await store.write(acts.revoke, act(store, OWNER), OWNER, one.stored.id)


async def test_nothing_is_made_of_a_wrong_form(store: Store) -> None:
    """What the rules refuse leaves no row."""
    wrong = msgspec.structs.replace(WANTED, name="")
    with pytest.raises(Invalid):
        await store.write(acts.make, act(store, OWNER), DIGEST_KEY, OWNER, wrong)
    assert await store.read(personal_tokens.of_developer, OWNER) == []


async def test_they_end_with_password_and_account(store: Store) -> None:
    """A new password ends them, and so does disabling, for good."""
    operator = Act(actor=command_line("root"), now=NOW, ids=store.ids)
    one = await made(store)
    await store.write(people.set_password, act(store, OWNER), OWNER, "hash")
    assert await holder(store, one.text) is None
    two = await made(store)
    await store.write(people.disable, operator, OWNER)
    await store.write(people.enable, operator, OWNER)
    assert await holder(store, two.text) is None


async def test_they_end_with_a_password_changed_by_oneself_or_by_a_link(store: Store) -> None:
    """Whichever way the new password comes, what was made with the old one is worth nothing."""
    mine = act(store, OWNER)
    for way in (partial(new_passwords.change_own, keep=1), new_passwords.by_link):
        one = await made(store)
        person = await store.read(all_people.find, "developer", OWNER)
        assert person is not None
        await store.write(way, mine, person, f"hash after {one.stored.id}")
        assert await holder(store, one.text) is None


async def test_a_disabled_developer_is_nobody(store: Store) -> None:
    """However a developer was disabled, what comes with their token is refused."""
    one = await made(store)
    person = await store.read(developers.find, OWNER)
    assert person is not None
    await store.write(developers.replace, msgspec.structs.replace(person, state="disabled"))
    assert await holder(store, one.text) is None


async def test_last_use_is_written_by_the_flush(store: Store) -> None:
    """A use is noted in memory and written with all others; an earlier one never overwrites it."""
    one = await made(store)
    uses = SecretUses(store)
    for moment in (NOW + 9, NOW + 3):
        uses.note_personal(one.stored.id, moment)
        await uses.flush()
    found = await store.read(personal_tokens.find, one.stored.id)
    assert found is not None
    assert found.last_used_at == NOW + 9
