"""The tables of codes, refresh tokens and stored access tokens, divided by time.

They carry no foreign keys: their rows are written in batches on the hot path, and a deleted client
or user is refused through ``changes``, not by cascading through millions of rows.
"""

from sqlalchemy import Boolean, Column, LargeBinary, String, Table, Text

from gatelodge.storage.rings import Ring
from gatelodge.storage.schema import Id, Time, metadata, row_id

# No token lives longer than 90 days, which the last four parts cover; the fifth has been emptied.
_PARTS = 5
_DAYS = 30


def _resources() -> Column[str]:
    # Nodes of the version before, which know nothing of it, go on writing beside newer ones.
    return Column("resources", Text, nullable=False, server_default="")


def _codes(name: str) -> Table:
    return Table(
        name,
        metadata,
        row_id(),
        Column("digest", LargeBinary, nullable=False),
        Column("client_row", Id, nullable=False),
        Column("user_id", Id, nullable=False),
        Column("family_id", Id, nullable=False),
        Column("redirect_uri", Text, nullable=False),
        Column("redirect_uri_sent", Boolean, nullable=False),
        Column("scope", Text, nullable=False),
        Column("code_challenge", String(128)),
        Column("nonce", Text),
        Column("auth_time", Time, nullable=False),
        Column("amr", String(100), nullable=False),
        Column("session_id", Id, nullable=False),
        Column("issued_at", Time, nullable=False),
        Column("expires_at", Time, nullable=False),
        _resources(),
        Column("spent_at", Time),
    )


def _refresh_tokens(name: str) -> Table:
    return Table(
        name,
        metadata,
        row_id(),
        Column("digest", LargeBinary, nullable=False),
        Column("family_id", Id, nullable=False),
        Column("client_row", Id, nullable=False),
        Column("user_id", Id, nullable=False),
        Column("scope", Text, nullable=False),
        Column("auth_time", Time, nullable=False),
        Column("amr", String(100), nullable=False),
        Column("issued_at", Time, nullable=False),
        Column("expires_at", Time, nullable=False),
        Column("family_expires_at", Time),
        _resources(),
        Column("session_id", Id),
        Column("rotated_at", Time),
        Column("successor_id", Id),
    )


def _access_tokens(name: str) -> Table:
    return Table(
        name,
        metadata,
        row_id(),
        Column("digest", LargeBinary, nullable=False),
        Column("family_id", Id),
        Column("client_row", Id, nullable=False),
        Column("user_id", Id),
        Column("scope", Text, nullable=False),
        Column("issued_at", Time, nullable=False),
        Column("expires_at", Time, nullable=False),
        _resources(),
    )


codes = Ring(_codes, "codes", division="tokens", parts=_PARTS, days=_DAYS)
refresh_tokens = Ring(
    _refresh_tokens, "refresh_tokens", division="tokens", parts=_PARTS, days=_DAYS
)
access_tokens = Ring(_access_tokens, "access_tokens", division="tokens", parts=_PARTS, days=_DAYS)

RINGS = (codes, refresh_tokens, access_tokens)
