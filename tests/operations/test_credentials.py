"""Consumer keys and secrets: generated, changed, overlapped, revoked, deleted."""

import pytest

from gatelodge.catalog.applications import Application, Draft
from gatelodge.catalog.credentials import KeySettings, NewSecret
from gatelodge.catalog.errors import Conflict, Invalid, NoSuch
from gatelodge.oauth import digests, opaque
from gatelodge.operations import applications
from gatelodge.operations import credentials as acts
from gatelodge.operations.credentials import Issued, Target
from gatelodge.operations.secret_uses import SecretUses
from gatelodge.storage import audit, changes, clients
from gatelodge.storage.engine import Store
from tests.operations.conftest import DIGEST_KEY, NOW, OTHER, OWNER, act

SETTINGS = KeySettings(redirect_uris=("http://localhost",))
HOUR = 3600


@pytest.fixture
async def application(store: Store) -> Application:
    """An application of the owner."""
    draft = Draft(name="MyTestApp", description="", quota="10PerMin")
    return await store.write(applications.create, act(store, OWNER), OWNER, draft)


@pytest.fixture
def target(application: Application) -> Target:
    """Its production keys."""
    return Target(application_id=application.id, environment="production")


@pytest.fixture
async def issued(store: Store, target: Target) -> Issued:
    """Those keys, generated."""
    return await store.write(acts.generate, act(store, OWNER), DIGEST_KEY, target, SETTINGS)


async def test_generated_keys_are_stored_as_digests(store: Store, issued: Issued) -> None:
    """The secret can be recognised afterwards and read nowhere."""
    secret = issued.consumer_secret
    assert secret is not None
    assert opaque.read("glcs", secret) is not None
    stored = await store.read(clients.find_by_client_id, issued.client.client_id)
    assert stored is not None
    assert stored.secrets == issued.client.secrets
    assert stored.secrets[0].digest == digests.digest(DIGEST_KEY, secret.encode())
    assert secret.endswith(stored.secrets[0].tail)
    assert (stored.owner_name, stored.application_name) == ("dev", "MyTestApp")
    assert secret not in repr(issued)
    events = await store.read(audit.of_object, "application", stored.application_id)
    assert all(secret not in str(event.detail) for event in events)


async def test_keys_are_generated_once_for_each_environment(
    store: Store, target: Target, issued: Issued
) -> None:
    """A second pair for production is refused, one for the sandbox is not."""
    with pytest.raises(Conflict, match="production keys already"):
        await store.write(acts.generate, act(store, OWNER), DIGEST_KEY, target, SETTINGS)
    sandbox = Target(application_id=target.application_id, environment="sandbox")
    other = await store.write(acts.generate, act(store, OWNER), DIGEST_KEY, sandbox, SETTINGS)
    assert other.client.client_id != issued.client.client_id
    nowhere = Target(application_id=target.application_id, environment="staging")
    with pytest.raises(NoSuch):
        await store.write(acts.generate, act(store, OWNER), DIGEST_KEY, nowhere, SETTINGS)


async def test_a_public_client_gets_no_secret(store: Store, target: Target) -> None:
    """Public keys have no secret, now and later, and always need PKCE."""
    settings = KeySettings(type="public", redirect_uris=("http://localhost",), require_pkce=False)
    made = await store.write(acts.generate, act(store, OWNER), DIGEST_KEY, target, settings)
    assert made.consumer_secret is None
    assert made.client.require_pkce
    assert made.client.secrets == ()
    with pytest.raises(Conflict, match="no secret"):
        await store.write(
            acts.add_secret, act(store, OWNER), DIGEST_KEY, target, NewSecret(overlap="24h")
        )


async def test_foreign_keys_look_missing(store: Store, target: Target, issued: Issued) -> None:
    """Another developer can do nothing with them."""
    stranger = act(store, OTHER)
    with pytest.raises(NoSuch):
        await store.write(acts.change_settings, stranger, target, SETTINGS)
    with pytest.raises(NoSuch):
        await store.write(acts.add_secret, stranger, DIGEST_KEY, target, NewSecret(overlap="24h"))
    with pytest.raises(NoSuch):
        await store.write(acts.revoke_secret, stranger, target, issued.client.secrets[0].id)
    with pytest.raises(NoSuch):
        await store.write(acts.delete, stranger, target)


async def test_settings_change_but_not_the_type(
    store: Store, target: Target, issued: Issued
) -> None:
    """Grant types, callback URLs and lifetimes change; key, type and secrets stay."""
    wanted = KeySettings(
        type="public", grant_types=frozenset({"client_credentials"}), access_token_lifetime=600
    )
    await store.write(acts.change_settings, act(store, OWNER), target, wanted)
    found = await store.read(clients.find, issued.client.id)
    assert found is not None
    assert found.grant_types == {"client_credentials"}
    assert found.redirect_uris == ()
    assert found.access_token_lifetime == 600
    assert (found.type, found.client_id) == ("confidential", issued.client.client_id)
    assert found.secrets == issued.client.secrets
    wrong = KeySettings(redirect_uris=("http://example.com",))
    with pytest.raises(Invalid):
        await store.write(acts.change_settings, act(store, OWNER), target, wrong)


async def test_a_second_secret_overlaps(store: Store, target: Target, issued: Issued) -> None:
    """The old secret lives through the overlap beside the new one, then only the new one does."""
    first = issued.client.secrets[0]
    again = await store.write(
        acts.add_secret, act(store, OWNER, NOW + 10), DIGEST_KEY, target, NewSecret(overlap="1h")
    )
    new, old = again.client.secrets
    assert (old.id, old.expires_at) == (first.id, NOW + 10 + HOUR)
    assert old.alive(NOW + 10 + HOUR - 1)
    assert not old.alive(NOW + 10 + HOUR)
    assert new.expires_at is None
    for _ in range(3):
        await store.write(
            acts.add_secret, act(store, OWNER, NOW + 15), DIGEST_KEY, target, NewSecret()
        )
    with pytest.raises(Conflict, match="5 secrets are live"):
        await store.write(
            acts.add_secret,
            act(store, OWNER, NOW + 20),
            DIGEST_KEY,
            target,
            NewSecret(overlap="24h"),
        )


async def test_now_ends_every_older_secret(store: Store, target: Target, issued: Issued) -> None:
    """With the overlap ``now`` only the new secret is left."""
    await store.write(
        acts.add_secret, act(store, OWNER), DIGEST_KEY, target, NewSecret(overlap="7d")
    )
    last = await store.write(
        acts.add_secret, act(store, OWNER), DIGEST_KEY, target, NewSecret(overlap="now")
    )
    (only,) = last.client.secrets
    assert last.consumer_secret is not None
    assert last.consumer_secret.endswith(only.tail)


async def test_an_overlap_never_prolongs(store: Store, target: Target, issued: Issued) -> None:
    """A secret that ends soon is not given a longer life by a later one."""
    await store.write(
        acts.add_secret, act(store, OWNER), DIGEST_KEY, target, NewSecret(overlap="1h")
    )
    later = act(store, OWNER, NOW + HOUR - 5)
    newest = (await store.read(acts.find, later, target)).secrets[0]
    await store.write(acts.revoke_secret, later, target, newest.id)
    made = await store.write(acts.add_secret, later, DIGEST_KEY, target, NewSecret(overlap="7d"))
    assert made.client.secrets[1].expires_at == NOW + HOUR


async def test_secrets_beside_each_other(store: Store, target: Target, issued: Issued) -> None:
    """A named secret with an end of its own leaves the others as they are, and is audited."""
    wanted = NewSecret(overlap="keep", life="30d", name="Nightly job")
    made = await store.write(acts.add_secret, act(store, OWNER), DIGEST_KEY, target, wanted)
    new, old = made.client.secrets
    assert (new.name, new.expires_at) == ("Nightly job", NOW + 30 * 86_400)
    assert old == issued.client.secrets[0]


async def test_switching_to_assertions_ends_the_secrets(
    store: Store, target: Target, issued: Issued
) -> None:
    """No secret comes back to life when the key returns to secrets, and none is made meanwhile."""
    signing = KeySettings(
        authentication="private_key_jwt",
        jwks_uri="https://a.example/jwks",
        redirect_uris=("http://localhost",),
    )
    changed = await store.write(acts.change_settings, act(store, OWNER), target, signing)
    assert (changed.authentication, changed.secrets) == ("private_key_jwt", ())
    with pytest.raises(Conflict, match="no secret"):
        await store.write(acts.add_secret, act(store, OWNER), DIGEST_KEY, target, NewSecret())
    await store.write(acts.change_settings, act(store, OWNER), target, SETTINGS)
    back = await store.read(clients.find, issued.client.id)
    assert back is not None
    assert (back.authentication, back.jwks_uri, back.secrets) == ("secret", "", ())
    made = await store.write(acts.add_secret, act(store, OWNER), DIGEST_KEY, target, NewSecret())
    assert len(made.client.secrets) == 1


async def test_last_uses_are_written_together(store: Store, target: Target, issued: Issued) -> None:
    """Uses are noted in memory, written by the flush, and never overwritten by an earlier one."""
    secret = issued.client.secrets[0]
    uses = SecretUses(store)
    uses.note(secret.id, NOW + 1)
    uses.note(secret.id, NOW + 5)
    uses.note(secret.id + 1, NOW + 5)
    assert await last_use(store, issued) is None
    await uses.flush()
    await uses.flush()
    assert await last_use(store, issued) == NOW + 5
    late = SecretUses(store)
    late.note(secret.id, NOW + 2)
    await late.flush()
    assert await last_use(store, issued) == NOW + 5


async def last_use(store: Store, issued: Issued) -> int | None:
    """Return when the only secret was last used."""
    found = await store.read(clients.find, issued.client.id)
    assert found is not None
    return found.secrets[0].last_used_at


async def test_revoking_leaves_one(store: Store, target: Target, issued: Issued) -> None:
    """One of two live secrets can be revoked, the last live one cannot, an expired one can."""
    first = issued.client.secrets[0]
    with pytest.raises(Conflict, match="only live"):
        await store.write(acts.revoke_secret, act(store, OWNER), target, first.id)
    await store.write(
        acts.add_secret, act(store, OWNER), DIGEST_KEY, target, NewSecret(overlap="24h")
    )
    before = await store.read(changes.newest)
    left = await store.write(acts.revoke_secret, act(store, OWNER), target, first.id)
    assert [secret.id for secret in left.secrets] != [first.id]
    (change,) = await store.read(changes.since, before)
    assert (change.kind, change.ref) == ("application", target.application_id)
    with pytest.raises(NoSuch):
        await store.write(acts.revoke_secret, act(store, OWNER), target, first.id)
    await store.write(
        acts.add_secret, act(store, OWNER), DIGEST_KEY, target, NewSecret(overlap="1h")
    )
    late = act(store, OWNER, NOW + 2 * HOUR)
    expired = (await store.read(acts.find, late, target)).secrets[1]
    kept = await store.write(acts.revoke_secret, late, target, expired.id)
    assert len(kept.secrets) == 1


async def test_deleted_keys_end_their_tokens(store: Store, target: Target, issued: Issued) -> None:
    """Deleting keys revokes what was issued to them; keys made afterwards are others."""
    before = await store.read(changes.newest)
    await store.write(acts.delete, act(store, OWNER), target)
    assert await store.read(clients.find, issued.client.id) is None
    logged = {change.kind: change for change in await store.read(changes.since, before)}
    assert logged["revoke_client"].ref == issued.client.id
    assert "application" in logged
    again = await store.write(acts.generate, act(store, OWNER), DIGEST_KEY, target, SETTINGS)
    assert again.client.id > logged["revoke_client"].stamp
