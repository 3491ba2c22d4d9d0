"""Acts of a user on consents: agree, take back."""

from collections.abc import Collection, Sequence

import msgspec

from gatelodge.identity import consents as rules
from gatelodge.identity.consents import Consent
from gatelodge.oauth.clients import LONGEST_LIFETIME, Client
from gatelodge.operations.actor import Act
from gatelodge.storage import clients, consents, revocations
from gatelodge.storage.connections import Connection


class Agreed(msgspec.Struct, frozen=True, kw_only=True):
    """A consent and the client it was given to."""

    consent: Consent
    client: Client


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
    changing = act.changing(before, agreed)
    changing.record(conn, "consent.agree", "user", user_id, detail)
    return agreed


def of_user(conn: Connection, user_id: int) -> Sequence[Agreed]:
    """Return what a user has agreed to, the newest first, that of blocked applications included."""
    return [
        Agreed(consent=consent, client=client)
        for consent in consents.of_user(conn, user_id)
        if (client := clients.find(conn, consent.client_row)) is not None
    ]


def withdraw(conn: Connection, act: Act, user_id: int, consent_id: int) -> Client | None:
    """Take a consent of a user's back; return whose it was, ``None`` if there is none any more.

    The client's codes and tokens for this user end: refresh tokens with the commit, access tokens
    at the next request. What it got by other users, or for itself, lives on.
    """
    found = next((one for one in of_user(conn, user_id) if one.consent.id == consent_id), None)
    if found is None:
        return None
    client = found.client
    consents.remove(conn, consent_id)
    until = act.now + LONGEST_LIFETIME
    revocations.revoke_consent(conn, user_id, client.id, act.ids.next(), until)
    detail = {"consumer_key": client.client_id, "scopes": sorted(found.consent.scopes)}
    changing = act.changing(found.consent, None)
    changing.record(conn, "consent.withdraw", "user", user_id, detail)
    return client
