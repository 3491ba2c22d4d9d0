"""Whether a known caller's call is let through now: access first, then limits."""

from collections.abc import Mapping, Sequence

from gatelodge.catalog.apis import Api, Operation
from gatelodge.catalog.plans import Plan
from gatelodge.gateway import access
from gatelodge.gateway.errors import PlanUsedUp, QuotaUsedUp
from gatelodge.gateway.headers import Header, rate_limit
from gatelodge.gateway.limits import Limit, Limits, UsedUp, of_plan, of_quota

_GONE = Plan(name="", limit=0)
"""Stands for a plan that no longer exists: it lets nothing through."""


class Admission:
    """Decides and counts; one for each node."""

    def __init__(self) -> None:
        self._limits = Limits()

    def standing(
        self, api: Api, caller: access.Caller, plans: Mapping[str, Plan], now: int
    ) -> Sequence[Header]:
        """Return the headers of a call that is not counted."""
        standings = self._limits.look(_limits(api, caller, plans), now)
        return rate_limit(standings, now)

    def admit(
        self,
        api: Api,
        operation: Operation,
        caller: access.Caller,
        plans: Mapping[str, Plan],
        now: int,
    ) -> tuple[str, Sequence[Header]]:
        """Count one call and return its upstream and the headers that say how the limits stand.

        Raises one of ``errors``; a refused call is not counted.
        """
        upstream = access.check(api, operation, caller)
        try:
            standings = self._limits.spend(_limits(api, caller, plans), now)
        except UsedUp as used:
            refused = QuotaUsedUp if used.standing.limit.name == "quota" else PlanUsedUp
            raise refused(used.standing.reset_at) from None
        return upstream, rate_limit(standings, now)


def _limits(api: Api, caller: access.Caller, plans: Mapping[str, Plan]) -> list[Limit]:
    application = caller.application
    user_id = 0 if caller.user is None else caller.user.id
    limits = [of_quota(application.quota, application.id, user_id)]
    subscription = caller.subscriptions.get(api.id)
    if subscription is not None:
        plan = plans.get(subscription.plan, _GONE)
        limits.append(of_plan(plan, application.id, api.id))
    return limits
