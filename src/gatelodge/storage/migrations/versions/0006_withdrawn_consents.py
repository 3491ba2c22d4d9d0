"""The change log says which client a user's tokens are revoked for."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add ``client_row``: until now a revocation named one row only."""
    # The first step makes what the schema says today.
    columns = sa.inspect(op.get_bind()).get_columns("changes")
    if not any(column["name"] == "client_row" for column in columns):
        column = sa.Column("client_row", sa.BigInteger, nullable=False, server_default="0")
        op.add_column("changes", column)
