"""Signing keys know since when they are in their state, so that rotation knows when to go on."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add ``since``; what is there has been in its state from the beginning."""
    # The first step makes what the schema says today.
    columns = sa.inspect(op.get_bind()).get_columns("signing_keys")
    if any(column["name"] == "since" for column in columns):
        return
    with op.batch_alter_table("signing_keys") as batch:
        batch.add_column(sa.Column("since", sa.BigInteger(), nullable=True))
    op.execute("UPDATE signing_keys SET since = created_at")
    with op.batch_alter_table("signing_keys") as batch:
        batch.alter_column("since", existing_type=sa.BigInteger(), nullable=False)
