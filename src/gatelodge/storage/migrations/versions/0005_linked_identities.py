"""Accounts at OpenID providers that are linked to people here, and sign-ins on their way there."""

import sqlalchemy as sa
from alembic import op

from gatelodge.storage.upstream_schema import linked_identities, upstream_attempts

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both tables; the first step has made them already where it ran in this version."""
    present = set(sa.inspect(op.get_bind()).get_table_names())
    for table in (linked_identities, upstream_attempts):
        if table.name not in present:
            table.create(op.get_bind())
