"""Nodes lease their numbers, and do one at a time what only one may do."""

import sqlalchemy as sa
from alembic import op

from gatelodge.storage.node_schema import locks

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_COLUMNS = (
    sa.Column("number", sa.Integer),
    sa.Column("seen_at", sa.BigInteger, nullable=False, server_default="0"),
)


def upgrade() -> None:
    """Add what is missing; the first step makes what the schema says today."""
    inspector = sa.inspect(op.get_bind())
    there = {column["name"] for column in inspector.get_columns("nodes")}
    for column in _COLUMNS:
        if column.name not in there:
            op.add_column("nodes", column.copy())
    if not inspector.has_table("locks"):
        locks.create(op.get_bind())
