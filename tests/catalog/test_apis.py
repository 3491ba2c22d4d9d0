"""The rules for offering an API."""

import msgspec
import pytest

from gatelodge.catalog import apis
from gatelodge.catalog.apis import Api, ApiState, Transition
from gatelodge.catalog.errors import Conflict, Invalid

PLANS = ("Standard", "Gold")
WEATHER = Api(
    id=1,
    name="Weather",
    version="v1",
    context="/weather",
    description="",
    state="created",
    default_version=True,
    production_upstream="http://127.0.0.1:9000",
    sandbox_upstream=None,
    plans=("Gold",),
    operations=(),
    scopes={},
    created_at=0,
)


def with_(**changes: object) -> Api:
    """Return the API with other values."""
    return msgspec.structs.replace(WEATHER, **changes)


def problems(**changes: object) -> dict[str, str]:
    """Return what is wrong with the API so changed."""
    with pytest.raises(Invalid) as caught:
        apis.check(with_(**changes), PLANS)
    return caught.value.problems


def test_what_is_offered_is_tidied() -> None:
    """Blanks in the name, the slash after an upstream and a plan named twice are taken out."""
    untidy = with_(
        name=" Weather  now ",
        production_upstream=" https://example.com:8443/base/ ",
        sandbox_upstream="",
        plans=("Gold", "Standard", "Gold"),
    )
    tidy = apis.check(untidy, PLANS)
    assert tidy.name == "Weather now"
    assert tidy.production_upstream == "https://example.com:8443/base"
    assert tidy.sandbox_upstream is None
    assert tidy.plans == ("Gold", "Standard")


@pytest.mark.parametrize(
    "context", ["/weather", "/v1", "/acme/weather", "/a.b-c_d", "/" + 99 * "a"]
)
def test_contexts_that_may_be_used(context: str) -> None:
    """A context is one or more plain segments."""
    assert apis.check(with_(context=context), PLANS).context == context


@pytest.mark.parametrize(
    "context",
    ["", "/", "/a//b", "/..", "/.a", "/a..b", "/a b", "/ä", "/a%20", "/a?b", "/a~b", "/a\n"],
)
def test_contexts_that_may_not(context: str) -> None:
    """Dot segments, empty ones, escapes and queries are refused."""
    assert list(problems(context=context)) == ["context"]


@pytest.mark.parametrize("context", ["weather", "/a/", "/oauth2", "/OAuth2/x", "/" + 100 * "a"])
def test_contexts_that_are_no_api(context: str) -> None:
    """A context starts with a slash, ends without, is short, and not the token endpoint's."""
    assert list(problems(context=context)) == ["context"]


@pytest.mark.parametrize("version", ["v1", "1.11.9", "2026-11-23"])
def test_versions_that_may_be_used(version: str) -> None:
    """A version is one plain segment."""
    assert apis.check(with_(version=version), PLANS).version == version


@pytest.mark.parametrize("version", ["", ".", "..", "v 1", "v/1", "1..2", 41 * "1"])
def test_versions_that_may_not(version: str) -> None:
    """Whatever could not be one segment of an address is refused."""
    assert list(problems(version=version)) == ["version"]


@pytest.mark.parametrize(
    "upstream",
    [
        "http://127.0.0.1:9000",
        "https://example.com/base/path",
        "http://[::1]:9000",
        "app:provisioning",
    ],
)
def test_upstreams_that_may_be_used(upstream: str) -> None:
    """Plain http and https URLs, and the application that is built in."""
    assert apis.check(with_(sandbox_upstream=upstream), PLANS).sandbox_upstream == upstream


@pytest.mark.parametrize(
    "upstream",
    [
        "ftp://example.com",
        "file:///etc/passwd",
        "example.com",
        "http://",
        "http://user:password@example.com",
        "http://example.com?x=1",
        "http://example.com#x",
        "http://example.com/a b",
        "http://example.com\\x",
        "http://example.com:0",
        "http://example.com:99999",
        "http://[::1",
        "http://exämple.com",
        "app:other",
    ],
)
def test_upstreams_that_may_not(upstream: str) -> None:
    """Other schemes, credentials, queries, fragments and what is no URL are refused."""
    assert list(problems(sandbox_upstream=upstream)) == ["sandbox_upstream"]


def test_all_that_is_wrong_is_said_at_once() -> None:
    """Name, upstream and plans each get their sentence."""
    found = problems(name="", production_upstream=None, plans=("Bronze",))
    assert list(found) == ["name", "plans", "upstream"]
    assert found["plans"] == "There is no plan Bronze. The plans are Standard, Gold."
    assert problems(plans=()) == {"plans": "Offer the API under at least one plan."}
    assert list(problems(name="a\x00b")) == ["name"]


def test_context_and_name_belong_together() -> None:
    """Another name may not use the context, nor the name another context; versions share both."""
    others = [with_(id=2, version="v2")]
    apis.check_among(WEATHER, others)
    apis.check_among(with_(name="WEATHER"), others)
    apis.check_among(with_(name="Tides", context="/tides"), others)
    with pytest.raises(Conflict, match="The context /weather belongs to Weather"):
        apis.check_among(with_(name="Tides"), others)
    with pytest.raises(Conflict, match="Weather is offered at /weather already"):
        apis.check_among(with_(name="weather", context="/tides"), others)


@pytest.mark.parametrize(
    ("transition", "state", "after"),
    [
        (apis.published, "created", "published"),
        (apis.published, "published", "published"),
        (apis.published, "deprecated", "deprecated"),
        (apis.deprecated, "published", "deprecated"),
        (apis.retired, "deprecated", "retired"),
    ],
)
def test_states_follow_each_other(transition: Transition, state: ApiState, after: ApiState) -> None:
    """An API is published, then deprecated, then retired; an update changes no state."""
    assert transition(state) == after


@pytest.mark.parametrize(
    ("transition", "state"),
    [
        (apis.published, "retired"),
        (apis.deprecated, "created"),
        (apis.deprecated, "deprecated"),
        (apis.deprecated, "retired"),
        (apis.retired, "created"),
        (apis.retired, "published"),
        (apis.retired, "retired"),
    ],
)
def test_no_state_is_skipped(transition: Transition, state: ApiState) -> None:
    """A version is deprecated before it is retired, and never comes back."""
    with pytest.raises(Conflict):
        transition(state)
