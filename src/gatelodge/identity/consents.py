"""Consent: which scopes a user has agreed that an application may have, and when to ask again."""

from collections.abc import Collection

import msgspec


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """What one user has agreed to for one client; times are seconds since the epoch."""

    id: int
    user_id: int
    client_row: int
    scopes: frozenset[str]
    created_at: int
    updated_at: int


def covers(consent: Consent | None, scopes: Collection[str]) -> bool:
    """Say whether everything asked for was agreed to already."""
    return consent is not None and consent.scopes.issuperset(scopes)


def widened(consent: Consent, scopes: Collection[str], now: int) -> Consent:
    """Return the consent with ``scopes`` agreed to as well."""
    return msgspec.structs.replace(
        consent, scopes=consent.scopes | frozenset(scopes), updated_at=now
    )
