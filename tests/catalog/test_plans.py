"""The plans every installation starts with."""

from gatelodge.catalog.apis import DEFAULT_PLAN
from gatelodge.catalog.plans import STANDARD_PLANS


def test_the_standard_plans() -> None:
    """They are named as VBC and WSO2 name them, count by the minute, and one has no limit."""
    limits = {plan.name: plan.limit for plan in STANDARD_PLANS}
    assert limits == {
        "Standard": 600,
        "Bronze": 1_000,
        "Silver": 2_000,
        "Gold": 5_000,
        "Unlimited": None,
    }
    assert {plan.period for plan in STANDARD_PLANS} == {60}
    assert DEFAULT_PLAN in limits
