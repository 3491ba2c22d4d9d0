"""Whole copies of an installation: what is kept of it, read at one moment and put back at once.

A copy comes from the past, and whatever was spent, rotated or revoked since would be good again.
So nothing that lets somebody in by itself is kept: no code, no access or refresh token, no session,
no link, no recovery code, no consent, and no signing key, without which a signed access token is
worth nothing. Codes of authenticator apps count from the restore on.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, func, insert, select, update

from gatelodge.storage.audit_schema import audit
from gatelodge.storage.errors import InstallationInUse
from gatelodge.storage.schema import metadata
from gatelodge.storage.token_schema import RINGS

KEPT = (
    "accounts",
    "plans",
    "apis",
    "developers",
    "users",
    "locations",
    "extensions",
    "extension_numbers",
    "applications",
    "clients",
    "client_secrets",
    "subscriptions",
    "linked_identities",
    "passkeys",
    "totp_secrets",
    "usage",
    *(str(table.name) for table in audit.tables),
    "audit_anchors",
)
"""Tables of a copy, each after those it refers to."""

_TOKENS = {table.name for ring in RINGS for table in ring.tables}

ENDED = frozenset(
    {
        *_TOKENS,
        "changes",
        "consents",
        "device_codes",
        "divisions",
        "flashes",
        "idempotent_answers",
        "invites",
        "locks",
        "logout_deliveries",
        "nodes",
        "outbox",
        "personal_tokens",
        "recovery_codes",
        "reset_links",
        "session_clients",
        "sessions",
        "sign_in_failures",
        "signing_keys",
        "spent_once",
        "upstream_attempts",
    }
)
"""Tables whose rows end with a restore: credentials, what is under way, and what nodes tell."""

_ROWS = 1_000
# The first start of a server and of this very command write these.
_ALWAYS_THERE = frozenset({"changes", "divisions", "locks", "nodes", "plans", "signing_keys"})

Row = Mapping[str, Any]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Some rows of one table."""

    table: str
    rows: Sequence[Row]


def read(conn: Connection) -> Iterator[Part]:
    """Yield everything that is kept, as it was at one moment.

    The transaction of ``conn`` has to see one moment: any of SQLite's, a repeatable read of
    PostgreSQL's.
    """
    for name in KEPT:
        table = metadata.tables[name]
        found = conn.execution_options(yield_per=_ROWS).execute(select(table)).mappings()
        for rows in found.partitions(_ROWS):
            yield Part(table=name, rows=[{str(k): v for k, v in row.items()} for row in rows])


def is_empty(conn: Connection) -> bool:
    """Say whether nobody has used the installation yet."""
    return not any(
        conn.execute(select(func.count()).select_from(table)).scalar()
        for name, table in metadata.tables.items()
        if name not in _ALWAYS_THERE
    )


def write(conn: Connection, parts: Iterable[Part], totp_step: int) -> Mapping[str, int]:
    """Put a copy into an empty installation; return how many rows each table got.

    Codes of authenticator apps up to ``totp_step`` count as used. Raises ``InstallationInUse``.
    """
    if not is_empty(conn):
        raise InstallationInUse("The installation is in use: a backup goes into an empty one.")
    conn.execute(metadata.tables["plans"].delete())
    counts: dict[str, int] = {}
    for part in parts:
        if part.rows:
            conn.execute(insert(metadata.tables[part.table]), list(part.rows))
        counts[part.table] = counts.get(part.table, 0) + len(part.rows)
    steps = metadata.tables["totp_secrets"]
    conn.execute(update(steps).where(steps.c.last_step < totp_step).values(last_step=totp_step))
    return counts
