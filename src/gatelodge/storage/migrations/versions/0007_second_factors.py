"""People get second factors: authenticator apps, passkeys and recovery codes."""

from alembic import op

from gatelodge.storage import factor_schema as tables

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables that are not there yet."""
    # The first step makes what the schema says today.
    for table in (
        tables.totp_secrets,
        tables.passkeys,
        tables.recovery_codes,
        tables.spent_once,
    ):
        table.create(op.get_bind(), checkfirst=True)
