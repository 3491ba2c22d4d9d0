"""The tables of sign-in with an upstream provider; the rest of the schema is in ``schema``."""

from sqlalchemy import Column, LargeBinary, String, Table, Text, UniqueConstraint

from gatelodge.storage.schema import Id, Time, metadata, row_id

linked_identities = Table(
    "linked_identities",
    metadata,
    row_id(),
    Column("issuer", Text, nullable=False),
    Column("subject", String(255), nullable=False),
    Column("side", String(10), nullable=False),
    Column("person_id", Id, nullable=False),
    Column("label", String(254), nullable=False),
    Column("created_at", Time, nullable=False),
    Column("used_at", Time, nullable=False),
    UniqueConstraint("side", "issuer", "subject"),
    UniqueConstraint("side", "person_id", "issuer"),
)

upstream_attempts = Table(
    "upstream_attempts",
    metadata,
    row_id(),
    Column("digest", LargeBinary, nullable=False),
    Column("browser", LargeBinary, nullable=False),
    Column("provider", String(32), nullable=False),
    Column("side", String(10), nullable=False),
    Column("back", Text, nullable=False),
    Column("person_id", Id),
    Column("expires_at", Time, nullable=False),
)
