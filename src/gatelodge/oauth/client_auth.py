"""Client authentication: is this client who it says it is? (RFC 6749 section 2.3, RFC 9700 2.5)."""

import re

from gatelodge.oauth import digests
from gatelodge.oauth.clients import Client
from gatelodge.oauth.errors import InvalidClient
from gatelodge.oauth.parameters import Credentials

_KNOWN_SHAPE = re.compile(r"[A-Za-z0-9_.\-]{1,64}")
_NOBODYS_DIGEST = bytes(32)


def authenticate(client: Client | None, credentials: Credentials, key: bytes, now: int) -> Client:
    """Return the client once it has proven itself; ``key`` digests consumer secrets.

    An unknown client costs the same digest and comparison as a wrong secret. Raises
    ``InvalidClient``.
    """
    good = _holds_live_secret(client, credentials, key, now)
    if client is None:
        raise InvalidClient(_unknown(credentials.client_id))
    if client.type == "public":
        if credentials.secrets:
            raise InvalidClient("A public client has no secret and must not send one.")
    elif not good:
        raise InvalidClient
    if not client.active:
        raise InvalidClient("Oauth application is not in active state.")
    return client


def _holds_live_secret(
    client: Client | None, credentials: Credentials, key: bytes, now: int
) -> bool:
    stored = [secret.digest for secret in client.secrets if secret.alive(now)] if client else []
    good = False
    for reading in credentials.secrets:
        presented = digests.digest(key, reading)
        for digest in stored or (_NOBODYS_DIGEST,):
            good |= digests.same(presented, digest)
    return good


def _unknown(client_id: str) -> str:
    shown = client_id if _KNOWN_SHAPE.fullmatch(client_id) else "?"
    return f"A valid OAuth client could not be found for client_id: {shown}"
