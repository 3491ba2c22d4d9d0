"""Calls that a proxy carries by itself after it has asked: one table, held against the gateway."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.gateway.fronts import PROXIES, proxied
from tests.gateway.installation import SANDBOX_KEY, TENANT, Answer, Installation
from tests.gateway.offloading import written

PREFIX = f"/t/{TENANT}"
SAME_HEADERS = (
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "access-control-expose-headers",
    "allow",
    "cache-control",
    "content-type",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
    "set-cookie",
    "www-authenticate",
    "x-content-type-options",
)
ITS_OWN = frozenset(
    {"x-request-id", "x-gatelodge-request-id", "x-forwarded-for", "accept-encoding"}
)
"""What differs from call to call, or from front to front."""

FORGED = (
    "X-Gatelodge-User-Id: 1",
    "X-Gatelodge-Route: 33-sandbox",
    "X-Gatelodge-Target: /elsewhere",
    "X-Gatelodge-Plan: Gold",
    "X_Gatelodge_User_Id: 1",
    "X-Forwarded-For: 10.0.0.1",
    "X-Forwarded-Uri: /t/vbc.prod/things-api/open",
    "X-Forwarded-Method: GET",
    "X-HTTP-Method-Override: DELETE",
    "X-Original-URL: /admin",
    "Cookie: a=b",
)
ASKING = ("Origin: https://app.example", "Access-Control-Request-Method: GET")


class Case(msgspec.Struct, frozen=True):
    """One call: with whose access token, and what becomes of it."""

    path: str
    token: str
    status: int
    method: str = "GET"
    headers: tuple[str, ...] = ()
    body: bytes = b""


CASES = {
    "a call of an application": Case("/things-api/things/1?x=%20y&z", "application", 200),
    "a call of a user": Case("/things-api/mine", "user", 200),
    "an escaped slash": Case("/things-api/v1/things/a%2Fb;v=1?q=%zz&a=+", "application", 200),
    "variables of a proxy": Case("/things-api/things/$uri?x={env.HOME}&y=%25", "user", 200),
    "the version's path": Case("/things-api/v1/things/x", "application", 200),
    "forged headers": Case("/things-api/things/1", "user", 200, headers=FORGED),
    "forged, by nobody": Case("/things-api/open", "", 200, headers=FORGED),
    "named to be dropped": Case(
        "/things-api/mine", "user", 200, headers=("Connection: X-Gatelodge-User-Id",)
    ),
    "a body": Case("/things-api/things", "application", 200, "POST", body=b"x" * 100_000),
    "a HEAD": Case("/things-api/things/1", "application", 200, "HEAD"),
    "an open operation": Case("/things-api/open", "", 200),
    "a production key": Case("/both/things/1", "application", 200),
    "a sandbox key": Case("/both/things/1", "sandbox", 200),
    "no API": Case("/nowhere", "application", 404),
    "no resource": Case("/things-api/nowhere", "application", 404),
    "another method": Case("/things-api/things", "application", 405, "DELETE"),
    "no access token": Case("/things-api/things/1", "", 401),
    "a bad access token": Case("/things-api/things/1", "bad", 401),
    "two access tokens": Case(
        "/things-api/things/1", "user", 400, headers=("Authorization: Bearer another",)
    ),
    "an expired access token": Case("/things-api/things/1", "expired", 401),
    "a user's operation": Case("/things-api/mine", "application", 401),
    "a scope that is missing": Case("/things-api/secrets", "application", 403),
    "no sandbox": Case("/things-api/things/1", "sandbox", 403),
    "not subscribed": Case("/foreign/things/1", "application", 403),
    "used up": Case("/limited/things/1", "application", 429),
    "used up, with a body": Case("/limited/things", "application", 429, "POST", body=b"a body"),
    "an upstream that is away": Case("/dead/things/1", "application", 503),
    "an API of the gateway's own below": Case("/things-api/inner/things/1", "application", 200),
    "a preflight": Case("/things-api/things/1", "", 204, "OPTIONS", headers=ASKING),
    "a preflight below nothing": Case("/things-api/nowhere", "", 404, "OPTIONS", headers=ASKING),
    "dot segments": Case("/things-api/things/../open", "", 400),
    "escaped dot segments": Case("/things-api/things/%2e%2e/open", "", 400),
    "an escaped backslash": Case("/things-api/things/a%5Cb", "application", 400),
    "out of one API into another": Case("/things-api/../foreign/things/1", "application", 400),
    "out of it, escaped": Case("/things-api/x/..%2f..%2fforeign/open", "application", 400),
    "a parameter as a dot segment": Case("/things-api/things/..;/open", "application", 400),
    "an escaped letter": Case("/thin%67s-api/things/1", "application", 200),
    "an escaped literal": Case("/things-api/%6fpen", "", 200),
    "two slashes": Case("/things-api//open", "", 404),
    "two slashes before": Case("//things-api/open", "", 404),
    "an escaped slash after the version": Case("/things-api/v1%2Fthings/1", "user", 404),
    "half a name": Case("/things-apis/open", "", 404),
}

OTHERWISE = {
    # It joins repeated headers with a comma, and the gateway sees one that is no access token.
    ("envoy", "two access tokens"): 401,
    ("nginx", "two access tokens"): 400,
    # It words what its own upstreams do not answer, and cannot tell it from a 502 of theirs.
    ("traefik", "an upstream that is away"): 502,
}
"""Where a proxy's own reading of HTTP comes first."""

READ_AS = {
    ("traefik", "dot segments"): "/things-api/open",
    ("traefik", "escaped dot segments"): "/things-api/open",
    ("traefik", "out of one API into another"): "/foreign/things/1",
    ("traefik", "an escaped literal"): "/things-api/open",
    ("traefik", "two slashes"): "/things-api/open",
    ("traefik", "two slashes before"): "/things-api/open",
}
"""Where a proxy cleans a path before it asks: what it asks about is what it sends."""

UNSAID = {"traefik": frozenset({"ratelimit", "ratelimit-policy", "x-request-id"})}
"""What a proxy has no way to tell the caller of a call that it carries."""


@pytest.mark.parametrize("proxy", PROXIES)
async def test_a_proxy_answers_as_the_gateway_does(
    offloading: Installation, proxy: str, tmp_path: Path
) -> None:
    """Faults, limits and what upstreams are told are the same, whoever carries the call."""
    before = await written(offloading)
    tokens = await tokens_of(offloading)
    async with proxied(proxy, before, tmp_path) as printed:
        direct, front_url = offloading.base_url, f"http://127.0.0.1:{before.port}"
        for name, case in CASES.items():
            expected = await ask(offloading, direct, case, tokens)
            assert expected.status == case.status, expected
            answer = await ask(offloading, front_url, case, tokens)
            where = f"{proxy}: {name}: {answer}\n{printed.read_text(encoding='utf-8')[-2000:]}"
            if (proxy, name) in READ_AS:
                read = msgspec.structs.replace(case, path=READ_AS[proxy, name])
                expected = await ask(offloading, direct, read, tokens)
            assert answer.status == OTHERWISE.get((proxy, name), expected.status), where
            if (proxy, name) not in OTHERWISE:
                same(expected, answer, case, where, UNSAID.get(proxy, frozenset()))


async def tokens_of(made: Installation) -> dict[str, str | None]:
    """Return the access tokens the table names."""
    return {
        "": None,
        "application": made.sign(made.row()),
        "user": made.sign(made.row(user=True, scope="openid")),
        "sandbox": made.sign(made.row(), SANDBOX_KEY),
        "expired": made.sign(made.row(lifetime=-1)),
        "bad": "not.a.token",
    }


async def ask(made: Installation, url: str, case: Case, tokens: dict[str, str | None]) -> Answer:
    """Make one call at an address."""
    before, made.base_url = made.base_url, url
    try:
        return await made.call(
            PREFIX + case.path,
            tokens[case.token],
            method=case.method,
            headers=case.headers,
            body=case.body,
        )
    finally:
        made.base_url = before


def same(expected: Answer, answer: Answer, case: Case, where: str, unsaid: frozenset[str]) -> None:
    """Hold an answer against the gateway's own; what is ``unsaid`` may be missing, not differ."""
    missing = {n for n in unsaid if answer.header(n) is None} if expected.status == 200 else set()
    for name in SAME_HEADERS:
        wanted_value = None if name in missing else expected.header(name)
        assert answer.header(name) == wanted_value, f"{name}: {where}"
    assert "x-request-id" in missing or answer.header("x-request-id") is not None, where
    if expected.status != 200 or case.method == "HEAD":
        assert answer.body == expected.body, where
        return
    asked, wanted = answer.json(), expected.json()
    for part in ("method", "path", "query", "body"):
        assert asked[part] == wanted[part], f"{part}: {where}"
    assert told(asked) == told(wanted), where
    assert dict(asked["headers"])["x-forwarded-for"] == "127.0.0.1", where


def told(asked: dict[str, Any]) -> list[list[str]]:
    """Return the headers an upstream got; nginx leaves out what is empty."""
    return sorted(pair for pair in asked["headers"] if pair[1] and pair[0] not in ITS_OWN)
