"""The plan: the limits of a subscription."""

import msgspec


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """At most ``limit`` calls in any window of ``period`` seconds; ``None`` means no limit."""

    name: str
    limit: int | None
    period: int = 60
    description: str = ""


STANDARD_PLANS = (
    Plan(name="Standard", limit=600, description="600 requests per minute"),
    Plan(name="Bronze", limit=1_000, description="1,000 requests per minute"),
    Plan(name="Silver", limit=2_000, description="2,000 requests per minute"),
    Plan(name="Gold", limit=5_000, description="5,000 requests per minute"),
    Plan(name="Unlimited", limit=None, description="Unlimited requests"),
)
"""The plans every installation starts with."""
