"""The first schema. Later migrations alter it step by step; this one makes what ``schema`` says."""

from alembic import op

from gatelodge.storage.schema import metadata

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table of the first version."""
    metadata.create_all(op.get_bind())
