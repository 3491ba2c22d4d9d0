"""Personal access tokens of developers."""

import sqlalchemy as sa
from alembic import op

from gatelodge.storage.personal_schema import personal_tokens

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; the first step makes what the schema says today."""
    if not sa.inspect(op.get_bind()).has_table("personal_tokens"):
        personal_tokens.create(op.get_bind())
