"""Clients that sign assertions, secrets with a name and a last use, an end to every family."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_ADDED = {
    "clients": (
        sa.Column("authentication", sa.String(20), nullable=False, server_default="secret"),
        sa.Column("jwks", sa.Text, nullable=False, server_default=""),
        sa.Column("jwks_uri", sa.Text, nullable=False, server_default=""),
        sa.Column("sign_in_lifetime", sa.Integer, nullable=False, server_default="7776000"),
    ),
    "client_secrets": (
        sa.Column("name", sa.String(60), nullable=False, server_default=""),
        sa.Column("last_used_at", sa.BigInteger),
    ),
    "refresh_tokens": (sa.Column("family_expires_at", sa.BigInteger),),
}


def upgrade() -> None:
    """Add what is missing; the first step makes what the schema says today."""
    # In place, not by a batch: SQLite would drop the table, and what refers to its rows with it.
    inspector = sa.inspect(op.get_bind())
    for table, columns in _ADDED.items():
        there = {column["name"] for column in inspector.get_columns(table)}
        for column in columns:
            if column.name not in there:
                op.add_column(table, column)
