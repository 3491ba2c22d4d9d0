"""The tables of personal access tokens and of the answers kept for them; see ``schema``."""

from sqlalchemy import JSON, Column, ForeignKey, Index, LargeBinary, String, Table, UniqueConstraint

from gatelodge.storage.schema import Id, Time, metadata, row_id

personal_tokens = Table(
    "personal_tokens",
    metadata,
    row_id(),
    Column("developer_id", Id, ForeignKey("developers.id", ondelete="CASCADE"), nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("tail", String(8), nullable=False),
    Column("name", String(60), nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("created_at", Time, nullable=False),
    Column("expires_at", Time, nullable=False),
    Column("last_used_at", Time),
    Index(None, "developer_id"),
)

idempotent_answers = Table(
    "idempotent_answers",
    metadata,
    row_id(),
    Column("holder", Id, ForeignKey("personal_tokens.id", ondelete="CASCADE"), nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("request", LargeBinary, nullable=False),
    Column("sealed", LargeBinary),
    Column("claimed_at", Time, nullable=False),
    Column("expires_at", Time, nullable=False),
    UniqueConstraint("holder", "key"),
)
