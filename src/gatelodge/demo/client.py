"""Gives the demo's application its consumer key and secret, always the same."""

import re

import msgspec

from gatelodge.demo import credentials
from gatelodge.demo.start import Start
from gatelodge.oauth import digests
from gatelodge.oauth.clients import GRANT_TYPES, Client, ClientSecret
from gatelodge.storage import clients
from gatelodge.storage.connections import Connection

_TAIL = 4
_EARLIER_CALLBACK = re.compile(rf"http://localhost:[0-9]+{credentials.CALLBACK_PATH}")


def ensure(conn: Connection, start: Start, application_id: int) -> None:
    """Make the production key, or let one that is there follow the address and secret in use."""
    secret = _secret(start)
    found = clients.find_by_client_id(conn, credentials.CONSUMER_KEY)
    if found is not None:
        _follow(conn, start, found, secret)
    elif clients.find_of_application(conn, application_id, "production") is None:
        clients.add(conn, _client(start, application_id, secret))


def _secret(start: Start) -> ClientSecret:
    text = credentials.CONSUMER_SECRET
    key = start.secrets.derive(digests.CONSUMER_SECRET)
    return ClientSecret(
        id=start.ids.next(),
        digest=digests.digest(key, text.encode()),
        tail=text[-_TAIL:],
        created_at=start.now,
    )


def _client(start: Start, application_id: int, secret: ClientSecret) -> Client:
    return Client(
        id=start.ids.next(),
        client_id=credentials.CONSUMER_KEY,
        application_id=application_id,
        application_name=credentials.APPLICATION,
        owner_name="",
        environment="production",
        grant_types=frozenset(GRANT_TYPES),
        redirect_uris=(credentials.callback(start.origin),),
        require_pkce=False,
        created_at=start.now,
        secrets=(secret,),
    )


def _follow(conn: Connection, start: Start, client: Client, secret: ClientSecret) -> None:
    callback = credentials.callback(start.origin)
    others = (u for u in client.redirect_uris if not _EARLIER_CALLBACK.fullmatch(u))
    uris = tuple(dict.fromkeys((callback, *others)))
    if uris != client.redirect_uris:
        clients.replace_settings(conn, msgspec.structs.replace(client, redirect_uris=uris))
    # Its digest is another one where the installation's own secret was made anew.
    if all(one.digest != secret.digest for one in client.secrets):
        clients.add_secret(conn, client.id, secret)
