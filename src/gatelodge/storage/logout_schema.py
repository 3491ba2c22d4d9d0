"""The tables of back-channel logout: who is in a session, who is to be told of its end."""

from sqlalchemy import Column, Index, Integer, Table

from gatelodge.storage.schema import Id, Time, metadata

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
