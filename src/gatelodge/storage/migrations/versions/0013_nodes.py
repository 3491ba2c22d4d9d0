"""Nodes lease their numbers, and do one at a time what only one may do."""

import sqlalchemy as sa
from alembic import op

from gatelodge.storage.node_schema import locks

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what is missing; the first step makes what the schema says today."""
    inspector = sa.inspect(op.get_bind())
    there = {column["name"] for column in inspector.get_columns("nodes")}
    if "number" not in there:
        op.add_column("nodes", sa.Column("number", sa.Integer))
        seen_at = sa.Column("seen_at", sa.BigInteger, nullable=False, server_default="0")
        op.add_column("nodes", seen_at)
    if not inspector.has_table("locks"):
        locks.create(op.get_bind())
