"""Who may call what, and where the call goes."""

from typing import Any

import pytest

from gatelodge.catalog.apis import Operation
from gatelodge.gateway import access, errors
from gatelodge.identity.users import User
from tests.gateway.installation import API, api, application, client, subscription

ANY = Operation(method="GET", path="/")
USER = User(
    id=7,
    account_id=1,
    login_name="jsmith",
    email="j@example.com",
    first_name="John",
    last_name="Smith",
    role="member",
    state="active",
    password_hash=None,
)


def caller(state: Any = "active", **changed: Any) -> access.Caller:
    """Return a caller with a subscription in this state."""
    subscriptions = {} if state is None else {API: subscription(state=state)}
    fields: dict[str, Any] = {
        "client": client(),
        "application": application(),
        "subscriptions": subscriptions,
        "user": None,
        "scopes": frozenset(),
        "identity": (),
    }
    return access.Caller(**(fields | changed))


def test_a_subscriber_is_let_through() -> None:
    """Production keys lead to the production upstream, sandbox keys to the other."""
    both = api(sandbox_upstream="https://sandbox.example")
    sandbox = client(environment="sandbox")

    assert access.check(both, ANY, caller()) == "app:echo"
    assert access.check(both, ANY, caller(client=sandbox)) == "https://sandbox.example"


def test_an_access_token_for_other_apis_is_none_here() -> None:
    """Not even a subscriber's; one for either of the API's paths is."""
    for audience in ("/things-api", "/things-api/v1"):
        assert access.check(api(), ANY, caller(audience=frozenset({audience, "/x"})))
    for other in ({"/things-api/v2"}, set[str]()):
        with pytest.raises(errors.WrongAudience):
            access.check(api(), ANY, caller(audience=frozenset(other)))
    older = api(default_version=False)
    with pytest.raises(errors.WrongAudience):
        access.check(older, ANY, caller(audience=frozenset({"/things-api"})))


@pytest.mark.parametrize(
    ("state", "refusal"),
    [
        (None, errors.NotSubscribed),
        ("blocked", errors.SubscriptionBlocked),
        ("pending", errors.SubscriptionInactive),
        ("rejected", errors.SubscriptionInactive),
    ],
)
def test_only_an_active_subscription_counts(state: Any, refusal: type[errors.Refused]) -> None:
    """The subscription is looked at before everything else an operation asks for."""
    demanding = Operation(method="GET", path="/", scopes=frozenset({"a"}), audience="user")

    with pytest.raises(refusal):
        access.check(api(production_upstream=None), demanding, caller(state))


def test_a_user_s_operation_takes_no_application() -> None:
    """The same access token with a user passes."""
    mine = Operation(method="GET", path="/", audience="user")

    with pytest.raises(errors.WrongSubject):
        access.check(api(), mine, caller())
    assert access.check(api(), mine, caller(user=USER)) == "app:echo"


def test_an_application_s_operation_takes_no_user() -> None:
    """The same application calling for itself passes."""
    own = Operation(method="GET", path="/", audience="application")

    with pytest.raises(errors.WrongSubject):
        access.check(api(), own, caller(user=USER))
    assert access.check(api(), own, caller()) == "app:echo"


def test_every_scope_of_an_operation_is_needed() -> None:
    """One of two is not enough; the refusal names them all."""
    scoped = Operation(method="GET", path="/", scopes=frozenset({"read", "write"}))

    with pytest.raises(errors.ScopeMissing) as refused:
        access.check(api(), scoped, caller(scopes=frozenset({"read"})))
    assert refused.value.scope == "read write"
    assert access.check(api(), scoped, caller(scopes=frozenset({"read", "write", "x"})))


def test_a_sensitive_scope_needs_its_approval_still() -> None:
    """An access token with it is not enough once the approval has ended; others are untouched."""
    guarded = api(sensitive_scopes=frozenset({"erase"}))
    erase = Operation(method="DELETE", path="/", scopes=frozenset({"erase"}))
    holds = {"scopes": frozenset({"erase", "read"})}
    with pytest.raises(errors.ScopeMissing):
        access.check(guarded, erase, caller(**holds))
    row = subscription(approved_scopes="erase")
    assert access.check(guarded, erase, caller(**holds, subscriptions={API: row}))
    read = Operation(method="GET", path="/", scopes=frozenset({"read"}))
    assert access.check(guarded, read, caller(**holds))


@pytest.mark.parametrize("environment", ["production", "sandbox"])
def test_a_key_whose_environment_has_no_upstream_is_refused(environment: Any) -> None:
    """The text says which key came to which missing upstream."""
    with pytest.raises(errors.NoUpstream) as refused:
        access.upstream(api(production_upstream=None), environment)

    assert refused.value.description == (
        f"{environment.capitalize()} key offered to the API with no {environment} endpoint"
    )
