"""Whether a known caller's call is let through now: access first, then limits."""

from collections.abc import Mapping, Sequence

from gatelodge.catalog.apis import Api, Operation
from gatelodge.catalog.plans import Plan
from gatelodge.gateway import access
from gatelodge.gateway.errors import PlanUsedUp, QuotaUsedUp
from gatelodge.gateway.headers import Header, rate_limit
from gatelodge.gateway.limits import Limit, Standing, UsedUp, of_plan, of_quota
from gatelodge.gateway.shared_limits import Counter

_GONE = Plan(name="", limit=0)
"""Stands for a plan that no longer exists: it lets nothing through."""


class Admission:
    """Decides, and has ``counter`` count; one for each node."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter

    async def standing(
        self, api: Api, caller: access.Caller, plans: Mapping[str, Plan], now: int
    ) -> Sequence[Header]:
        """Return the headers of a call that is not counted."""
        standings = await self._counter.look(_limits(api, caller, plans), now)
        return _headers(standings, now)

    async def admit(
        self,
        api: Api,
        operation: Operation,
        caller: access.Caller,
        plans: Mapping[str, Plan],
        now: int,
    ) -> tuple[str, Sequence[Header]]:
        """Count one call and return its upstream and the headers that say how the limits stand.

        Raises one of ``errors``, and ``StoreUnavailable`` where nobody can count; a refused call is
        not counted.
        """
        upstream = access.check(api, operation, caller)
        try:
            standings = await self._counter.spend(_limits(api, caller, plans), now)
        except UsedUp as used:
            refused = QuotaUsedUp if used.standing.limit.name == "quota" else PlanUsedUp
            raise refused(used.standing.reset_at) from None
        return upstream, _headers(standings, now)


def _headers(standings: Sequence[Standing], now: int) -> Sequence[Header]:
    # Where nothing is known nothing is said: no headers are not "unlimited".
    return rate_limit(standings, now) if standings else ()


def _limits(api: Api, caller: access.Caller, plans: Mapping[str, Plan]) -> list[Limit]:
    application = caller.application
    user_id = 0 if caller.user is None else caller.user.id
    limits = [of_quota(application.quota, application.id, user_id)]
    subscription = caller.subscriptions.get(api.id)
    if subscription is not None:
        plan = plans.get(subscription.plan, _GONE)
        limits.append(of_plan(plan, application.id, api.id))
    return limits
