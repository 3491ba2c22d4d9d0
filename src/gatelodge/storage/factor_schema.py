"""The tables of second factors, and of what may be used once."""

from sqlalchemy import BigInteger, Boolean, Column, Index, LargeBinary, String, Table

from gatelodge.storage.schema import Id, Time, metadata, row_id

# A person is a developer or a user, so that these carry ``kind`` and no foreign key.
totp_secrets = Table(
    "totp_secrets",
    metadata,
    Column("kind", String(10), primary_key=True),
    Column("person_id", Id, primary_key=True, autoincrement=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("last_step", BigInteger, nullable=False),
    Column("created_at", Time, nullable=False),
)

passkeys = Table(
    "passkeys",
    metadata,
    row_id(),
    Column("kind", String(10), nullable=False),
    Column("person_id", Id, nullable=False),
    Column("credential_id", LargeBinary, nullable=False, unique=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("single_device", Boolean, nullable=False),
    Column("name", String(60), nullable=False),
    Column("created_at", Time, nullable=False),
    Column("last_used_at", Time),
    Index(None, "kind", "person_id"),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    row_id(),
    Column("kind", String(10), nullable=False),
    Column("person_id", Id, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("created_at", Time, nullable=False),
    Column("spent_at", Time),
    Index(None, "kind", "person_id"),
)

spent_once = Table(
    "spent_once",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("expires_at", Time, nullable=False, index=True),
)
