"""What a test token may be issued for: keys that may ask for themselves, scopes that are theirs."""

from collections.abc import Collection, Mapping

import msgspec

from gatelodge.catalog import subscriptions as rules
from gatelodge.catalog.errors import Conflict
from gatelodge.oauth.clients import Client
from gatelodge.operations import credentials
from gatelodge.operations.actor import Act
from gatelodge.operations.credentials import Target
from gatelodge.storage import apis, subscriptions
from gatelodge.storage.connections import Connection


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """The client and the scope to issue an access token for."""

    client: Client
    scope: str


def scopes(conn: Connection, application_id: int) -> Mapping[str, str]:
    """Return every scope an application's active subscriptions bring, with its description."""
    found = {api.id: api for api in apis.all(conn)}
    brought: dict[str, str] = {}
    for row in subscriptions.of_application(conn, application_id):
        if row.state == "active" and row.api_id in found:
            brought |= rules.granted_scopes(found[row.api_id], row)
    return brought


def ready(conn: Connection, act: Act, target: Target, asked: Collection[str]) -> Ready:
    """Return what to issue for those of the ``asked`` scopes that the subscriptions bring.

    Raises ``NoSuch``, and ``Conflict`` for keys that may not ask for themselves.
    """
    client = credentials.find(conn, act, target)
    if "client_credentials" not in client.grant_types or not client.active:
        raise Conflict("Test tokens need the Client Credentials grant type of active keys.")
    scope = " ".join(name for name in scopes(conn, target.application_id) if name in asked)
    return Ready(client=client, scope=scope)
