"""Client authentication: is this client who it says it is? (RFC 6749 section 2.3, RFC 9700 2.5)."""

import re

import msgspec

from gatelodge.oauth import digests
from gatelodge.oauth.clients import Client
from gatelodge.oauth.errors import InvalidClient
from gatelodge.oauth.parameters import Credentials

_KNOWN_SHAPE = re.compile(r"[A-Za-z0-9_.\-]{1,64}")
_NOBODYS = ((0, bytes(32)),)


class Proven(msgspec.Struct, frozen=True):
    """A client that has proven itself, and the row of the secret it did so with, if it did."""

    client: Client
    secret_id: int | None = None


def authenticate(client: Client | None, credentials: Credentials, key: bytes, now: int) -> Proven:
    """Return the client once it has proven itself; ``key`` digests consumer secrets.

    An unknown client costs the same digest and comparison as a wrong secret. Raises
    ``InvalidClient``, also for a secret of a client that is to prove itself otherwise.
    """
    secret_id = _live_secret(client, credentials, key, now)
    if client is None:
        raise InvalidClient(_unknown(credentials.client_id))
    if client.type == "public":
        if credentials.secrets:
            raise InvalidClient("A public client has no secret and must not send one.")
    elif client.authentication != "secret":
        raise InvalidClient("This client proves itself with private_key_jwt only.")
    elif secret_id is None:
        raise InvalidClient
    return Proven(_active(client), secret_id)


def asserting(client: Client | None, client_id: str) -> Client:
    """Return the client if it may prove itself with an assertion. Raises ``InvalidClient``."""
    if client is None:
        raise InvalidClient(_unknown(client_id))
    if client.type == "public" or client.authentication != "private_key_jwt":
        raise InvalidClient("This client does not prove itself with private_key_jwt.")
    return _active(client)


def _active(client: Client) -> Client:
    if not client.active:
        raise InvalidClient("Oauth application is not in active state.")
    return client


def _live_secret(
    client: Client | None, credentials: Credentials, key: bytes, now: int
) -> int | None:
    """Return which live secret was sent; every one is compared, whichever it is."""
    secrets = client.secrets if client is not None else ()
    stored = [(each.id, each.digest) for each in secrets if each.alive(now)]
    found: int | None = None
    for reading in credentials.secrets:
        presented = digests.digest(key, reading)
        for secret_id, digest in stored or _NOBODYS:
            if digests.same(presented, digest):
                found = secret_id
    return found


def _unknown(client_id: str) -> str:
    shown = client_id if _KNOWN_SHAPE.fullmatch(client_id) else "?"
    return f"A valid OAuth client could not be found for client_id: {shown}"
