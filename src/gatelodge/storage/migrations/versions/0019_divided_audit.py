"""The activity log is divided by time into tables that are emptied whole.

As with tokens, the one table takes everything for a week: processes of the version before go on.
"""

import time

import sqlalchemy as sa
from alembic import op

from gatelodge.storage.audit_schema import audit, audit_anchors
from gatelodge.storage.ids import first_at
from gatelodge.storage.rings import divisions

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_WEEK = 7 * 86_400


def upgrade() -> None:
    """Make the tables; the first step makes what the schema says today."""
    bind = op.get_bind()
    present = set(sa.inspect(bind).get_table_names())
    for table in (audit_anchors, *audit.parts):
        if table.name not in present:
            table.create(bind)
    first = first_at(int(time.time()) + _WEEK)
    row = {"name": op.inline_literal("audit"), "first_id": op.inline_literal(first)}
    op.bulk_insert(divisions, [row], multiinsert=False)
