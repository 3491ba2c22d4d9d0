"""Scopes that an application gets only when a publisher approves."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("apis", sa.Column("sensitive_scopes", sa.JSON, nullable=False, server_default="[]")),
    ("subscriptions", sa.Column("approved_scopes", sa.Text, nullable=False, server_default="")),
)


def upgrade() -> None:
    """Add the columns; the first step makes what the schema says today."""
    inspector = sa.inspect(op.get_bind())
    for table, column in _COLUMNS:
        if all(found["name"] != column.name for found in inspector.get_columns(table)):
            op.add_column(table, column)
