"""The tables of the activity log, divided by time, and of where it begins once some went."""

from sqlalchemy import JSON, Column, Index, LargeBinary, String, Table

from gatelodge.storage.rings import Ring
from gatelodge.storage.schema import Id, Time, metadata, row_id


def _audit(name: str) -> Table:
    return Table(
        name,
        metadata,
        row_id(),
        Column("at", Time, nullable=False),
        Column("actor_kind", String(12), nullable=False),
        Column("actor_id", Id),
        Column("actor_name", String(254), nullable=False),
        Column("address", String(64), nullable=False),
        Column("act", String(60), nullable=False),
        Column("object_kind", String(20), nullable=False),
        Column("object_id", Id),
        Column("detail", JSON, nullable=False),
        Column("request_id", String(32)),
        # None is stored as NULL, not as the JSON value of that name.
        Column("before", JSON(none_as_null=True)),
        Column("after", JSON(none_as_null=True)),
        Column("seal_no", Id),
        Column("seal", LargeBinary),
        Index(None, "object_kind", "object_id"),
        Index(None, "seal_no", unique=True),
    )


# Of 24 months the last nine parts are the most that can matter; the tenth has been emptied.
audit = Ring(_audit, "audit", division="audit", parts=10, days=90)

audit_anchors = Table(
    "audit_anchors",
    metadata,
    Column("number", Id, primary_key=True, autoincrement=False),
    Column("seal", LargeBinary, nullable=False),
    Column("at", Time, nullable=False),
    Column("proof", LargeBinary, nullable=False),
)
