"""The API: one described interface version, and its operations."""

from typing import Literal

import msgspec

ApiState = Literal["created", "published", "deprecated", "retired"]
Audience = Literal["any", "user", "none"]
"""Who may call an operation: any subscribed token, only a user's, or everybody."""


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One method on one path template (``/api/accounts/{account_id}``) of an API."""

    method: str
    path: str
    scopes: frozenset[str] = frozenset()
    audience: Audience = "any"
    summary: str = ""


class Api(msgspec.Struct, frozen=True, kw_only=True):
    """One described interface version.

    ``context`` is its path below the tenant (``/provisioning``); the default version also answers
    without the version segment. Upstreams are URLs or ``app:NAME`` for a mounted application.
    """

    id: int
    name: str
    version: str
    context: str
    description: str
    state: ApiState
    default_version: bool
    production_upstream: str | None
    sandbox_upstream: str | None
    plans: tuple[str, ...]
    operations: tuple[Operation, ...]
    scopes: dict[str, str]
    created_at: int
