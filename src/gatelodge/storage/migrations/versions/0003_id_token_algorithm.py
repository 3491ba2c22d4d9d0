"""A consumer key chooses with which algorithm its id_tokens are signed."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add ``id_token_algorithm``: until now there was RS256 only."""
    # The first step makes what the schema says today.
    columns = sa.inspect(op.get_bind()).get_columns("clients")
    if any(column["name"] == "id_token_algorithm" for column in columns):
        return
    # In place, not by a batch: SQLite would drop the table, and every client's secrets with it.
    column = sa.Column("id_token_algorithm", sa.String(6), nullable=False, server_default="RS256")
    op.add_column("clients", column)
