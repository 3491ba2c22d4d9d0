"""Which headers pass, and which are written here."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatelodge.gateway import headers
from gatelodge.gateway.limits import UNLIMITED, Limit, Standing
from tests.gateway.installation import NOW, application, client
from tests.gateway.test_access import USER

OURS = [(b"x-gatelodge-user-id", b"7")]


@pytest.mark.parametrize(
    "name",
    [
        b"authorization",
        b"connection",
        b"cookie",
        b"expect",
        b"forwarded",
        b"keep-alive",
        b"proxy-authorization",
        b"te",
        b"transfer-encoding",
        b"upgrade",
        b"x-forwarded-for",
        b"x-forwarded-anything",
        b"x-gatelodge-user-id",
        b"x_gatelodge_user-id",
        b"x-http-method-override",
        b"x_original_url",
        b"x-request-id",
    ],
)
def test_headers_that_stop_here(name: bytes) -> None:
    """Credentials, hop-by-hop headers, and those only the gateway may say."""
    passing = headers.for_upstream([(name, b"1"), (b"accept", b"a")], OURS)

    assert passing == [(b"accept", b"a"), *OURS]


def test_headers_that_connection_names_stop_here() -> None:
    """All of several Connection headers count, in any case; ours cannot be named away."""
    asked = [
        (b"connection", b"X-One, close"),
        (b"x-one", b"1"),
        (b"connection", b"x-two,x-gatelodge-user-id"),
        (b"x-two", b"2"),
        (b"x-three", b"3"),
    ]

    assert headers.for_upstream(asked, OURS) == [(b"x-three", b"3"), *OURS]
    assert headers.for_upstream([(b"connection", b"Keep-Alive"), (b"a", b"1")], ()) == [
        (b"a", b"1")
    ]


NAMES = st.sampled_from([b"accept", b"x-a", b"content-type", b"content-length", b"host"])


@given(st.lists(st.tuples(NAMES, st.binary())))
def test_all_other_headers_pass_byte_for_byte(asked: list[tuple[bytes, bytes]]) -> None:
    """Order, repetition and bytes stay."""
    assert headers.for_upstream(asked, ()) == asked
    assert headers.for_caller(asked, ()) == asked


def test_identity_is_said_in_printable_ascii() -> None:
    """Names are percent-encoded where they must be, so that no line can be broken."""
    named = application(name="Büro 100%\r\nX: y")

    said = dict(headers.identity_headers(client(), named, USER, "openid email"))

    assert said[b"x-gatelodge-application-name"] == b"B%C3%BCro 100%25%0D%0AX: y"
    assert said[b"x-gatelodge-scopes"] == b"openid email"
    assert said[b"x-gatelodge-user-account"] == b"1"
    alone = dict(headers.identity_headers(client(), named, None, ""))
    assert not [name for name in alone if b"user" in name]


def test_rate_limits_are_structured_fields() -> None:
    """One member for each limit; the reset is in seconds from now."""
    quota, plan = Limit("quota", 1, 10, 60), Limit("plan", 1, 600, 3600)
    standings = [Standing(quota, 9, NOW + 58), Standing(plan, 0, NOW + 1)]

    assert headers.rate_limit(standings, NOW) == (
        (b"ratelimit-policy", b'"quota";q=10;w=60, "plan";q=600;w=3600'),
        (b"ratelimit", b'"quota";r=9;t=58, "plan";r=0;t=1'),
    )


def test_what_has_no_limit_is_not_listed() -> None:
    """Only limits are members; where there is none, one member called "unlimited" says so."""
    free = Standing(Limit("quota", 1, UNLIMITED, 60), UNLIMITED - 1, NOW + 60)
    plan = Standing(Limit("plan", 1, 600, 60), 599, NOW + 58)

    assert headers.rate_limit([free, plan], NOW) == (
        (b"ratelimit-policy", b'"plan";q=600;w=60'),
        (b"ratelimit", b'"plan";r=599;t=58'),
    )
    assert headers.rate_limit([free], NOW) == (
        (b"ratelimit-policy", b'"unlimited";q=999999999999999'),
        (b"ratelimit", b'"unlimited";r=999999999999999'),
    )


def test_where_a_call_came_from() -> None:
    """What is not known is not said."""
    assert headers.forwarded("10.0.0.1", "https", [(b"host", b"api"), (b"a", b"b")]) == [
        (b"x-forwarded-for", b"10.0.0.1"),
        (b"x-forwarded-proto", b"https"),
        (b"x-forwarded-host", b"api"),
    ]
    assert headers.forwarded("", "http", []) == [(b"x-forwarded-proto", b"http")]


@pytest.mark.parametrize(
    ("asked", "framing"),
    [
        ([(b"accept", b"a")], "none"),
        ([(b"accept", b"a"), (b"content-length", b"0")], "length"),
        ([(b"transfer-encoding", b"chunked")], "chunked"),
    ],
)
def test_where_a_body_ends(asked: list[tuple[bytes, bytes]], framing: str) -> None:
    """A length, chunks, or no body at all."""
    assert headers.framing(asked) == framing


def test_a_preflight_asks_for_a_method() -> None:
    """Other OPTIONS requests may be an API's own."""
    assert headers.asks_leave([(b"a", b""), (b"access-control-request-method", b"PUT")])
    assert not headers.asks_leave([(b"origin", b"https://a.example")])
    assert dict(headers.preflight(b"GET, OPTIONS"))[b"allow"] == b"GET, OPTIONS"
