"""The tables by which nodes keep apart: who runs, and what one of them does at a time."""

from sqlalchemy import Column, Integer, String, Table

from gatelodge.storage.schema import Id, Time, metadata

nodes = Table(
    "nodes",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("started_at", Time, nullable=False),
    # Without a number: a node of before there were leases. Its number is its id, modulo 1024.
    Column("number", Integer),
    Column("seen_at", Time, nullable=False, server_default="0"),
)

locks = Table("locks", metadata, Column("name", String(40), primary_key=True))
