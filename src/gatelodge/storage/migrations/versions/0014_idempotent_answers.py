"""Answers of the management API that can be asked for again."""

import sqlalchemy as sa
from alembic import op

from gatelodge.storage.personal_schema import idempotent_answers

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; the first step makes what the schema says today."""
    if not sa.inspect(op.get_bind()).has_table("idempotent_answers"):
        idempotent_answers.create(op.get_bind())
