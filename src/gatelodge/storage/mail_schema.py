"""The tables of mail: letters that wait to be delivered, and the links in them."""

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table

from gatelodge.storage.schema import Id, Time, metadata, row_id

outbox = Table(
    "outbox",
    metadata,
    row_id(),
    Column("kind", String(30), nullable=False),
    Column("person_kind", String(10), nullable=False),
    Column("person_id", Id),
    Column("created_at", Time, nullable=False),
    Column("next_at", Time, nullable=False),
    Column("attempts", Integer, nullable=False),
    Index(None, "next_at"),
)

reset_links = Table(
    "reset_links",
    metadata,
    row_id(),
    Column("digest", LargeBinary, nullable=False),
    Column("kind", String(10), nullable=False),
    Column("person_id", Id, nullable=False),
    Column("bound", LargeBinary, nullable=False),
    Column("created_at", Time, nullable=False),
    Column("expires_at", Time, nullable=False),
    Column("spent_at", Time),
)
