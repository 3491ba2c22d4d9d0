"""The rules of subscriptions."""

import msgspec
import pytest

from gatelodge.catalog import subscriptions
from gatelodge.catalog.apis import Api
from gatelodge.catalog.errors import Conflict, Invalid
from gatelodge.catalog.subscriptions import Subscription

API = Api(
    id=1,
    name="Provisioning",
    version="v1",
    context="/provisioning",
    description="",
    state="published",
    default_version=True,
    production_upstream="app:provisioning",
    sandbox_upstream=None,
    plans=("Standard", "Gold"),
    operations=(),
    scopes={},
    created_at=0,
)
ACTIVE = Subscription(id=1, application_id=2, api_id=1, plan="Gold", state="active", created_at=0)


def test_a_published_api_may_be_subscribed_to() -> None:
    """A first subscription under an offered plan passes."""
    subscriptions.check_new(API, "Gold", None)


def test_there_is_one_subscription_for_an_api() -> None:
    """A second subscription of the same application is refused."""
    with pytest.raises(Conflict, match="already subscribed to Provisioning v1"):
        subscriptions.check_new(API, "Gold", ACTIVE)


@pytest.mark.parametrize("state", ["created", "deprecated", "retired"])
def test_only_published_apis_take_new_ones(state: str) -> None:
    """A deprecated or retired API keeps its subscribers and takes no new ones."""
    with pytest.raises(Conflict, match="no new subscriptions"):
        subscriptions.check_new(msgspec.structs.replace(API, state=state), "Gold", None)


def test_the_plan_must_be_offered() -> None:
    """A plan of the installation that the API is not offered under is refused."""
    with pytest.raises(Invalid) as refused:
        subscriptions.check_new(API, "Unlimited", None)
    assert list(refused.value.problems) == ["plan"]


def test_blocking_and_unblocking() -> None:
    """Active becomes blocked and back; anything else is refused."""
    stopped = msgspec.structs.replace(ACTIVE, state=subscriptions.blocked(ACTIVE))
    assert stopped.state == "blocked"
    assert subscriptions.unblocked(stopped) == "active"
    with pytest.raises(Conflict):
        subscriptions.blocked(stopped)
    with pytest.raises(Conflict):
        subscriptions.unblocked(ACTIVE)
