"""Every table, once, for both databases (SQLAlchemy Core; the ORM is not used).

Identifiers of things made at run time are time-ordered 63-bit integers (``storage.ids``); a token
carries its row's identifier, so digests need no index of their own.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = BigInteger().with_variant(Integer, "sqlite")
Time = BigInteger


def row_id() -> Column[int]:
    """Return the column of a row's own identifier."""
    return Column("id", Id, primary_key=True, autoincrement=False)


changes = Table(
    "changes",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("kind", String(20), nullable=False),
    Column("ref", BigInteger, nullable=False),
    Column("client_row", BigInteger, nullable=False, server_default="0"),
    Column("stamp", BigInteger, nullable=False),
    Column("until", Time, nullable=False),
    Index(None, "kind", "ref"),
    sqlite_autoincrement=True,
)

signing_keys = Table(
    "signing_keys",
    metadata,
    row_id(),
    Column("kid", String(64), nullable=False, unique=True),
    Column("algorithm", String(10), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("state", String(10), nullable=False),
    Column("since", Time, nullable=False),
    Column("created_at", Time, nullable=False),
)

developers = Table(
    "developers",
    metadata,
    row_id(),
    Column("email", String(254), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("roles", JSON, nullable=False),
    Column("state", String(10), nullable=False),
    Column("password_hash", Text),
    Column("created_at", Time, nullable=False),
)

invites = Table(
    "invites",
    metadata,
    row_id(),
    Column("digest", LargeBinary, nullable=False),
    Column("developer_id", Id, ForeignKey("developers.id", ondelete="CASCADE"), nullable=False),
    Column("created_at", Time, nullable=False),
    Column("expires_at", Time, nullable=False),
    Column("spent_at", Time),
)

accounts = Table(
    "accounts",
    metadata,
    row_id(),
    Column("name", String(200), nullable=False),
    Column("status", String(20), nullable=False),
    Column("address", JSON, nullable=False),
)

locations = Table(
    "locations",
    metadata,
    row_id(),
    Column("account_id", Id, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(200), nullable=False),
    Column("address", JSON, nullable=False),
    Index(None, "account_id"),
)

users = Table(
    "users",
    metadata,
    row_id(),
    Column("account_id", Id, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("login_name", String(200), nullable=False),
    Column("email", String(254), nullable=False),
    Column("first_name", String(100), nullable=False),
    Column("last_name", String(100), nullable=False),
    Column("contact_numbers", JSON, nullable=False),
    Column("role", String(20), nullable=False),
    Column("state", String(10), nullable=False),
    Column("password_hash", Text),
    Index(None, "account_id", "id"),
)
# Login names and e-mail addresses are the same whatever their letters' case: look them up folded.
Index("ix_users_login_name_folded", func.lower(users.c.login_name), unique=True)
Index("ix_users_email_folded", func.lower(users.c.email))
Index("ix_users_first_name_folded", users.c.account_id, func.lower(users.c.first_name))
Index("ix_users_last_name_folded", users.c.account_id, func.lower(users.c.last_name))

extensions = Table(
    "extensions",
    metadata,
    row_id(),
    Column("account_id", Id, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("external_id", String(64), nullable=False),
    Column("extension_number", String(20), nullable=False),
    Column("location_id", Id, ForeignKey("locations.id", ondelete="CASCADE"), nullable=False),
    Column("user_id", Id, ForeignKey("users.id", ondelete="SET NULL")),
    Column("caller_id", String(100)),
    Column("block_caller_id", Boolean, nullable=False),
    Column("dnd_enabled", Boolean, nullable=False),
    Column("vtt_enabled", Boolean, nullable=False),
    Column("service_type_name", String(40), nullable=False),
    Column("dids", JSON, nullable=False),
    Column("handsets", JSON, nullable=False),
    UniqueConstraint("account_id", "external_id"),
    UniqueConstraint("account_id", "extension_number"),
    Index(None, "location_id"),
    Index(None, "user_id"),
)

extension_numbers = Table(
    "extension_numbers",
    metadata,
    Column("phone_number", String(20), primary_key=True),
    Column(
        "extension_id",
        Id,
        ForeignKey("extensions.id", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    ),
)

applications = Table(
    "applications",
    metadata,
    row_id(),
    Column("owner_id", Id, ForeignKey("developers.id"), nullable=False),
    Column("name", String(70), nullable=False),
    Column("name_folded", String(140), nullable=False),
    Column("description", String(512), nullable=False),
    Column("quota", String(20), nullable=False),
    Column("state", String(10), nullable=False),
    Column("created_at", Time, nullable=False),
    Column("updated_at", Time, nullable=False),
    UniqueConstraint("owner_id", "name_folded"),
)

plans = Table(
    "plans",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("calls", Integer),
    Column("period", Integer, nullable=False),
    Column("description", String(200), nullable=False),
)

apis = Table(
    "apis",
    metadata,
    row_id(),
    Column("name", String(100), nullable=False),
    Column("version", String(40), nullable=False),
    Column("context", String(100), nullable=False),
    Column("description", Text, nullable=False),
    Column("state", String(12), nullable=False),
    Column("default_version", Boolean, nullable=False),
    Column("production_upstream", Text),
    Column("sandbox_upstream", Text),
    Column("plans", JSON, nullable=False),
    Column("operations", JSON, nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("sensitive_scopes", JSON, nullable=False, server_default="[]"),
    Column("document", Text, nullable=False),
    Column("created_at", Time, nullable=False),
    UniqueConstraint("context", "version"),
    UniqueConstraint("name", "version"),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    row_id(),
    Column("application_id", Id, ForeignKey("applications.id", ondelete="CASCADE"), nullable=False),
    Column("api_id", Id, ForeignKey("apis.id", ondelete="CASCADE"), nullable=False),
    Column("plan", String(40), nullable=False),
    Column("state", String(10), nullable=False),
    Column("created_at", Time, nullable=False),
    Column("approved_scopes", Text, nullable=False, server_default=""),
    UniqueConstraint("application_id", "api_id"),
    Index(None, "api_id"),
)

sessions = Table(
    "sessions",
    metadata,
    row_id(),
    Column("digest", LargeBinary, nullable=False),
    Column("kind", String(10), nullable=False),
    Column("subject_id", Id, nullable=False),
    Column("auth_time", Time, nullable=False),
    Column("amr", JSON, nullable=False),
    Column("created_at", Time, nullable=False),
    Column("seen_at", Time, nullable=False),
    Column("expires_at", Time, nullable=False),
    Column("address", String(64), nullable=False),
    Column("user_agent", String(256), nullable=False),
    Index(None, "kind", "subject_id"),
)

flashes = Table(
    "flashes",
    metadata,
    row_id(),
    Column("session_id", Id, ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("expires_at", Time, nullable=False),
    Index(None, "session_id"),
)

sign_in_failures = Table(
    "sign_in_failures",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", Time, nullable=False),
    Column("locked_until", Time, nullable=False),
)

consents = Table(
    "consents",
    metadata,
    row_id(),
    Column("user_id", Id, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("client_row", Id, ForeignKey("clients.id", ondelete="CASCADE"), nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("created_at", Time, nullable=False),
    Column("updated_at", Time, nullable=False),
    UniqueConstraint("user_id", "client_row"),
)

usage = Table(
    "usage",
    metadata,
    Column("hour", Time, primary_key=True),
    Column("application_id", Id, primary_key=True),
    Column("api_id", Id, primary_key=True),
    Column("environment", String(10), primary_key=True),
    Column("status", Integer, primary_key=True),
    Column("calls", BigInteger, nullable=False),
)
