"""The table of devices' requests (RFC 8628); the rest of the schema is in ``schema``."""

from sqlalchemy import Column, Integer, LargeBinary, String, Table, Text

from gatelodge.storage.schema import Id, Time, metadata, row_id

# No foreign keys, as with codes and tokens: see ``schema``.
device_codes = Table(
    "device_codes",
    metadata,
    row_id(),
    Column("digest", LargeBinary, nullable=False),
    Column("user_code_digest", LargeBinary, nullable=False, unique=True),
    Column("client_row", Id, nullable=False),
    Column("scope", Text, nullable=False),
    Column("resources", Text, nullable=False),
    Column("address", String(64), nullable=False),
    Column("user_agent", String(256), nullable=False),
    Column("issued_at", Time, nullable=False),
    Column("expires_at", Time, nullable=False),
    Column("interval", Integer, nullable=False),
    Column("polled_at", Time),
    Column("decision", String(10)),
    Column("user_id", Id),
    Column("family_id", Id),
    Column("auth_time", Time),
    Column("amr", String(100), nullable=False),
    Column("spent_at", Time),
)
