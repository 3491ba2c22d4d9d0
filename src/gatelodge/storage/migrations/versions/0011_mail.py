"""Links to choose a new password, and the outbox of letters that wait for the mail server."""

from alembic import op

from gatelodge.storage.mail_schema import outbox, reset_links

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables, unless the first step has made them already."""
    for table in (reset_links, outbox):
        table.create(op.get_bind(), checkfirst=True)
