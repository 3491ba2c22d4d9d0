"""Tokens that end at their client's word, or because one of them was used twice."""

from typing import Literal

import msgspec

from gatelodge.oauth.clients import Client
from gatelodge.operations.actor import Act, Actor
from gatelodge.storage import revocations
from gatelodge.storage.connections import Connection

Why = Literal[
    "code used twice", "refresh token used twice", "refresh token revoked", "access token revoked"
]


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """All tokens that descend from one sign-in of a user, who is not always known."""

    id: int
    user_id: int | None = None


def client_actor(client: Client, address: str) -> Actor:
    """Return a client that acts by itself: its application, as the activity log names it."""
    name = client.application_name
    return Actor(kind="application", id=client.application_id, name=name, address=address)


def end_family(
    conn: Connection, act: Act, client: Client, family: Family, until: int, why: Why
) -> None:
    """End a family; it may be forgotten at ``until``, when all it issued has expired."""
    revocations.revoke_family(conn, family.id, until)
    gone = {"family": family.id, "user_id": family.user_id}
    _record(conn, act.changing(gone, None), client, "tokens.end-family", why)


def end_access_token(
    conn: Connection, act: Act, client: Client, access_token_id: int, until: int
) -> None:
    """End one access token that expires at ``until`` and descends from no sign-in."""
    revocations.revoke_access_token(conn, access_token_id, until)
    gone = {"access_token": access_token_id}
    _record(conn, act.changing(gone, None), client, "tokens.end-one", "access token revoked")


def _record(conn: Connection, act: Act, client: Client, name: str, why: Why) -> None:
    detail = {"environment": client.environment, "consumer_key": client.client_id, "why": why}
    act.record(conn, name, "application", client.application_id, detail)
