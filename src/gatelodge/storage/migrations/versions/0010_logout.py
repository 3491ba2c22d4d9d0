"""Consumer keys say where users return after signing out, and where to be told of it."""

import sqlalchemy as sa
from alembic import op

from gatelodge.storage.logout_schema import logout_deliveries, session_clients

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_COLUMNS = (
    (
        "clients",
        sa.Column("post_logout_redirect_uris", sa.JSON, nullable=False, server_default="[]"),
    ),
    ("clients", sa.Column("backchannel_logout_uri", sa.Text, nullable=False, server_default="")),
    ("refresh_tokens", sa.Column("session_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"))),
)


def upgrade() -> None:
    """Add the columns and both tables, unless the first step has made them already."""
    present = sa.inspect(op.get_bind())
    tables = set(present.get_table_names())
    for name, column in _COLUMNS:
        if column.name not in {found["name"] for found in present.get_columns(name)}:
            op.add_column(name, column)
    for table in (session_clients, logout_deliveries):
        if table.name not in tables:
            table.create(op.get_bind())
