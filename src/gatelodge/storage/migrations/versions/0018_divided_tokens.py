"""Codes and tokens are divided by time into tables that are emptied whole.

Processes of the version before know the one table only. They go on for a week: what is made until
then stays in it.
"""

import time

import sqlalchemy as sa
from alembic import op

from gatelodge.storage.ids import first_at
from gatelodge.storage.rings import divisions
from gatelodge.storage.token_schema import RINGS

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_WEEK = 7 * 86_400


def upgrade() -> None:
    """Make the tables; the first step makes what the schema says today."""
    bind = op.get_bind()
    present = set(sa.inspect(bind).get_table_names())
    for table in (divisions, *(part for ring in RINGS for part in ring.parts)):
        if table.name not in present:
            table.create(bind)
    first = first_at(int(time.time()) + _WEEK)
    row = {"name": op.inline_literal("tokens"), "first_id": op.inline_literal(first)}
    op.bulk_insert(divisions, [row], multiinsert=False)
