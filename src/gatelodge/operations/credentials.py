"""Acts on consumer keys: generate, change settings, replace and revoke secrets, delete."""

import secrets as randomness
from typing import Any, Literal, cast

import msgspec

from gatelodge.catalog import credentials as rules
from gatelodge.catalog.applications import Application
from gatelodge.catalog.credentials import KeySettings, NewSecret
from gatelodge.catalog.errors import Conflict, NoSuch
from gatelodge.oauth import client_keys, digests, opaque, redirects
from gatelodge.oauth.clients import LONGEST_LIFETIME, Client, ClientSecret
from gatelodge.operations.actor import Act
from gatelodge.operations.applications import visible
from gatelodge.storage import changes, clients, revocations
from gatelodge.storage.connections import Connection

_TAIL = 4


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Which keys are meant: those of one application for one environment."""

    application_id: int
    environment: str


class Issued(msgspec.Struct, frozen=True, kw_only=True):
    """A client and its new consumer secret, the only time it can be read; public ones get none."""

    client: Client
    consumer_secret: str | None

    def __repr__(self) -> str:
        """Show nothing of the secret."""
        return f"Issued({self.client.client_id})"


def generate(
    conn: Connection, act: Act, digest_key: bytes, target: Target, settings: KeySettings
) -> Issued:
    """Make an application's consumer key and secret for one environment.

    ``digest_key`` is the installation's key for ``digests.CONSUMER_SECRET``. Raises ``NoSuch``,
    ``Invalid``, and ``Conflict`` when there are keys for this environment already.
    """
    application = visible(conn, act.actor, target.application_id)
    if target.environment not in rules.ENVIRONMENTS:
        raise NoSuch("environment")
    checked = _checked(settings)
    if clients.find_of_application(conn, application.id, target.environment) is not None:
        raise Conflict(f"There are {target.environment} keys already.")
    text, secret = _new_secret(act, digest_key) if _has_secrets(checked) else (None, None)
    client = _client(act, application, target, checked)
    if secret is not None:
        client = msgspec.structs.replace(client, secrets=(secret,))
    clients.add(conn, client)
    _changed(conn, act.changing(None, client), client, "keys.generate")
    return Issued(client=client, consumer_secret=text)


def change_settings(conn: Connection, act: Act, target: Target, settings: KeySettings) -> Client:
    """Change a key's grant types, callback URLs, PKCE, format and lifetimes; never its type."""
    before = find(conn, act, target)
    same_type = msgspec.structs.replace(settings, type=before.type)
    checked = _checked(same_type)
    after = msgspec.structs.replace(before, **_values(checked))
    clients.replace_settings(conn, after)
    detail: dict[str, object] = {}
    if after.authentication != before.authentication:
        detail["authentication"] = after.authentication
        # A secret that proves nothing any more must not come back to life later on.
        clients.remove_secrets(conn, after.id)
        after = msgspec.structs.replace(after, secrets=())
    changing = act.changing(before, after)
    _changed(conn, changing, after, "keys.change", detail)
    return after


def add_secret(
    conn: Connection, act: Act, digest_key: bytes, target: Target, wanted: NewSecret
) -> Issued:
    """Make a further secret; those alive end after its overlap (see ``rules.OVERLAPS``)."""
    client = find(conn, act, target)
    if not _has_secrets(client):
        raise Conflict("These keys have no secret.")
    alive = [secret for secret in client.secrets if secret.alive(act.now)]
    end = rules.old_secret_end(len(alive), wanted.overlap, act.now)
    expires_at = rules.new_secret_end(wanted, act.now)
    if end is not None:
        for secret in alive:
            clients.expire_secret(conn, secret.id, min(end, secret.expires_at or end))
    clients.forget_expired_secrets(conn, client.id, act.now)
    text, added = _new_secret(act, digest_key)
    added = msgspec.structs.replace(added, name=wanted.name, expires_at=expires_at)
    clients.add_secret(conn, client.id, added)
    detail: dict[str, object] = {"tail": added.tail, "overlap": wanted.overlap, "life": wanted.life}
    changing = act.changing(None, added)
    _changed(conn, changing, client, "secret.add", detail)
    return Issued(client=find(conn, act, target), consumer_secret=text)


def revoke_secret(conn: Connection, act: Act, target: Target, secret_id: int) -> Client:
    """End one secret now. Tokens issued with it live on; the last live secret stays."""
    client = find(conn, act, target)
    found = next((secret for secret in client.secrets if secret.id == secret_id), None)
    if found is None:
        raise NoSuch("secret")
    if found.alive(act.now):
        rules.check_revocation(sum(secret.alive(act.now) for secret in client.secrets))
    clients.remove_secret(conn, secret_id)
    changing = act.changing(found, None)
    _changed(conn, changing, client, "secret.revoke", {"tail": found.tail})
    return find(conn, act, target)


def delete(conn: Connection, act: Act, target: Target) -> None:
    """Delete a consumer key with its secrets; every token issued to it ends with the commit."""
    client = find(conn, act, target)
    revocations.revoke_client(conn, client.id, act.ids.next(), act.now + LONGEST_LIFETIME)
    clients.remove(conn, client.id)
    _changed(conn, act.changing(client, None), client, "keys.delete")


def note_test_token(conn: Connection, act: Act, target: Target, scope: str) -> None:
    """Write down that a test token was issued; issuing itself is the OAuth core's business."""
    client = find(conn, act, target)
    detail = {"environment": client.environment, "scope": scope}
    act.record(conn, "keys.test-token", "application", client.application_id, detail)


def find(conn: Connection, act: Act, target: Target) -> Client:
    """Return the client for acting on. Raises ``NoSuch`` when it is missing or foreign."""
    application = visible(conn, act.actor, target.application_id)
    client = clients.find_of_application(conn, application.id, target.environment)
    if client is None:
        raise NoSuch("consumer key")
    return client


def _checked(settings: KeySettings) -> KeySettings:
    return rules.check(settings, redirects.objection, client_keys.problems)


def _has_secrets(settings: KeySettings | Client) -> bool:
    return settings.type == "confidential" and settings.authentication == "secret"


def _new_secret(act: Act, digest_key: bytes) -> tuple[str, ClientSecret]:
    text = opaque.write(opaque.CONSUMER_SECRET, 0, randomness.token_bytes(opaque.SECRET_BYTES))
    secret = ClientSecret(
        id=act.ids.next(),
        digest=digests.digest(digest_key, text.encode()),
        tail=text[-_TAIL:],
        created_at=act.now,
    )
    return text, secret


def _client(act: Act, application: Application, target: Target, settings: KeySettings) -> Client:
    return Client(
        id=act.ids.next(),
        client_id=rules.consumer_key(randomness.token_bytes(32)),
        application_id=application.id,
        application_name=application.name,
        owner_name="",
        environment=cast("Literal['production', 'sandbox']", target.environment),
        active=application.state == "active",
        created_at=act.now,
        **_values(settings),
    )


def _values(settings: KeySettings) -> dict[str, Any]:
    return msgspec.structs.asdict(settings)


def _changed(
    conn: Connection, act: Act, client: Client, name: str, detail: dict[str, object] | None = None
) -> None:
    changes.append(conn, "application", client.application_id)
    act.record(
        conn,
        name,
        "application",
        client.application_id,
        {"environment": client.environment, "consumer_key": client.client_id} | (detail or {}),
    )
