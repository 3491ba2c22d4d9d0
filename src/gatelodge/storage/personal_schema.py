"""The table of personal access tokens; the rest of the schema is in ``schema``."""

from sqlalchemy import JSON, Column, ForeignKey, Index, LargeBinary, String, Table

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
