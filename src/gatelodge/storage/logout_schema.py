"""The tables of back-channel logout and of mail: who is in a session, who is to be told what."""

from sqlalchemy import Column, Index, Integer, String, Table

from gatelodge.storage.schema import Id, Time, metadata, row_id

# Neither has a foreign key: a session may end at the very moment a client joins it.
session_clients = Table(
    "session_clients",
    metadata,
    Column("session_id", Id, primary_key=True, autoincrement=False),
    Column("client_row", Id, primary_key=True, autoincrement=False),
)

logout_deliveries = Table(
    "logout_deliveries",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("session_id", Id, nullable=False),
    Column("client_row", Id, nullable=False),
    Column("user_id", Id, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", Time, nullable=False),
    Index(None, "next_at"),
)

# Mail waits to be delivered as these do.
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
