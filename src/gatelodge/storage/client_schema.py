"""The tables of clients and their secrets; the rest of the schema is in ``schema``."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from gatelodge.storage.schema import Id, Time, metadata, row_id

clients = Table(
    "clients",
    metadata,
    row_id(),
    Column("client_id", String(64), nullable=False, unique=True),
    Column("application_id", Id, ForeignKey("applications.id", ondelete="CASCADE"), nullable=False),
    Column("environment", String(10), nullable=False),
    Column("type", String(12), nullable=False),
    Column("authentication", String(20), nullable=False, server_default="secret"),
    Column("jwks", Text, nullable=False, server_default=""),
    Column("jwks_uri", Text, nullable=False, server_default=""),
    Column("grant_types", JSON, nullable=False),
    Column("redirect_uris", JSON, nullable=False),
    Column("post_logout_redirect_uris", JSON, nullable=False, server_default="[]"),
    Column("backchannel_logout_uri", Text, nullable=False, server_default=""),
    Column("require_pkce", Boolean, nullable=False),
    Column("access_token_format", String(6), nullable=False),
    Column("access_token_algorithm", String(6), nullable=False),
    Column("id_token_algorithm", String(6), nullable=False, server_default="RS256"),
    Column("code_lifetime", Integer, nullable=False),
    Column("access_token_lifetime", Integer, nullable=False),
    Column("refresh_token_lifetime", Integer, nullable=False),
    Column("sign_in_lifetime", Integer, nullable=False, server_default="7776000"),
    Column("created_at", Time, nullable=False),
    UniqueConstraint("application_id", "environment"),
)

client_secrets = Table(
    "client_secrets",
    metadata,
    row_id(),
    Column("client_row", Id, ForeignKey("clients.id", ondelete="CASCADE"), nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("tail", String(8), nullable=False),
    Column("name", String(60), nullable=False, server_default=""),
    Column("created_at", Time, nullable=False),
    Column("expires_at", Time),
    Column("last_used_at", Time),
    Index(None, "client_row"),
)
