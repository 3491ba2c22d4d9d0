"""Requests of devices (RFC 8628)."""

import sqlalchemy as sa
from alembic import op

from gatelodge.storage.device_schema import device_codes

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; the first step makes what the schema says today."""
    if not sa.inspect(op.get_bind()).has_table("device_codes"):
        device_codes.create(op.get_bind())
