"""What a thing was before an act and after it, and the request that the act came with."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; the first step makes what the schema says today."""
    inspector = sa.inspect(op.get_bind())
    if any(column["name"] == "request_id" for column in inspector.get_columns("audit")):
        return
    op.add_column("audit", sa.Column("request_id", sa.String(32)))
    op.add_column("audit", sa.Column("before", sa.JSON(none_as_null=True)))
    op.add_column("audit", sa.Column("after", sa.JSON(none_as_null=True)))
