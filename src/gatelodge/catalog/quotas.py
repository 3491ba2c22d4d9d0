"""The per-token quota an application is registered with, shared by all its subscribed APIs."""

import msgspec


class Quota(msgspec.Struct, frozen=True, kw_only=True):
    """At most ``limit`` calls in a window of ``period`` seconds; ``None`` means no limit."""

    name: str
    limit: int | None
    period: int
    description: str


QUOTAS = {
    quota.name: quota
    for quota in (
        Quota(name="10PerMin", limit=10, period=60, description="Allows 10 requests per minute"),
        Quota(name="20PerMin", limit=20, period=60, description="Allows 20 requests per minute"),
        Quota(name="50PerMin", limit=50, period=60, description="Allows 50 requests per minute"),
        Quota(name="Unlimited", limit=None, period=60, description="Allows unlimited requests"),
    )
}
"""Every quota a developer may choose, in the order pages list them."""

DEFAULT_QUOTA = "10PerMin"
