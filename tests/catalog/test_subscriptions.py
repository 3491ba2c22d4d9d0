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


SENSITIVE = msgspec.structs.replace(
    API,
    scopes={"read": "See", "write": "Change", "erase": "Erase"},
    sensitive_scopes=frozenset({"write", "erase"}),
)


def test_sensitive_scopes_wait_for_approval() -> None:
    """A subscription brings the others at once, and each sensitive one when it is approved."""
    assert subscriptions.granted_scopes(SENSITIVE, ACTIVE) == {"read": "See"}
    names = subscriptions.approved(SENSITIVE, ACTIVE, ["write"])
    some = msgspec.structs.replace(ACTIVE, approved_scopes=names)
    assert subscriptions.granted_scopes(SENSITIVE, some) == {"read": "See", "write": "Change"}
    assert subscriptions.awaiting(SENSITIVE, some) == {"erase"}
    assert subscriptions.approved(SENSITIVE, some, ["erase"]) == "erase write"
    assert subscriptions.withdrawn(some, ["write"]) == ""


@pytest.mark.parametrize("names", [[], ["read"], ["write", "unknown"]])
def test_only_sensitive_scopes_are_approved(names: list[str]) -> None:
    """What needs no approval, or is not there, is refused with what there is."""
    with pytest.raises(Invalid) as refused:
        subscriptions.approved(SENSITIVE, ACTIVE, names)
    assert refused.value.problems["scopes"].endswith("erase, write.")
    with pytest.raises(Conflict, match="none"):
        subscriptions.withdrawn(ACTIVE, names)
