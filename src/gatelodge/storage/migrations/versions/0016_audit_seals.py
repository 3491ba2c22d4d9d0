"""Seals of the activity log: what changes or takes away a line afterwards is found out."""

import sqlalchemy as sa
from alembic import op

from gatelodge.storage.schema import Id

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and their index; the first step makes what the schema says today."""
    inspector = sa.inspect(op.get_bind())
    if any(column["name"] == "seal_no" for column in inspector.get_columns("audit")):
        return
    op.add_column("audit", sa.Column("seal_no", Id))
    op.add_column("audit", sa.Column("seal", sa.LargeBinary))
    op.create_index("ix_audit_seal_no", "audit", ["seal_no"], unique=True)
