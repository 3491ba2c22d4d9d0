"""The application a developer registers, and the rules for its form."""

from typing import Literal

import msgspec

ApplicationState = Literal["active", "blocked"]


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """What a developer registers; ``quota`` names the per-token quota (see ``catalog.quotas``)."""

    id: int
    owner_id: int
    name: str
    description: str
    quota: str
    state: ApplicationState
    created_at: int
    updated_at: int
