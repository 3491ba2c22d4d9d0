"""Acts of a user on consents: agree, take back."""

from collections.abc import Collection

from gatelodge.identity import consents as rules
from gatelodge.identity.consents import Consent
from gatelodge.oauth.clients import Client
from gatelodge.operations.actor import Act
from gatelodge.storage import consents
from gatelodge.storage.connections import Connection


def agree(
    conn: Connection, act: Act, user_id: int, client: Client, scopes: Collection[str]
) -> Consent:
    """Remember that a user lets a client have ``scopes``, beside what was agreed to before."""
    before = consents.find(conn, user_id, client.id)
    if before is not None and rules.covers(before, scopes):
        return before
    if before is None:
        agreed = Consent(
            id=act.ids.next(),
            user_id=user_id,
            client_row=client.id,
            scopes=frozenset(scopes),
            created_at=act.now,
            updated_at=act.now,
        )
        consents.add(conn, agreed)
    else:
        agreed = rules.widened(before, scopes, act.now)
        consents.replace(conn, agreed)
    detail = {"consumer_key": client.client_id, "scopes": sorted(agreed.scopes)}
    act.record(conn, "consent.agree", "user", user_id, detail)
    return agreed
