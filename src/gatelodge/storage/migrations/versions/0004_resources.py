"""Codes and tokens remember the resources they were granted for (RFC 8707)."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add ``resources``; what was issued before is good for everything."""
    # The first step makes what the schema says today.
    inspector = sa.inspect(op.get_bind())
    for table in ("codes", "refresh_tokens", "access_tokens"):
        if any(column["name"] == "resources" for column in inspector.get_columns(table)):
            continue
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column("resources", sa.Text(), nullable=False, server_default=""))
