"""What proxies are answered, and who is none."""

import re

import pytest
import yaml

from gatelodge.gateway.offload import nginx, traefik
from gatelodge.gateway.offload.front import front
from gatelodge.storage import usage
from gatelodge.web.http import Receive, Scope, Send
from gatelodge.web.server import running
from tests.gateway.installation import APPLICATION, SANDBOX_KEY, TENANT, Answer, Installation, api
from tests.gateway.offloading import written

THINGS = f"/t/{TENANT}/things-api/things/1"


async def check(
    made: Installation, uri: str, token: str | None = None, *, method: str = "GET", query: str = ""
) -> Answer:
    """Ask as Traefik and Caddy do."""
    said = (f"X-Forwarded-Method: {method}", f"X-Forwarded-Uri: {uri}")
    return await call(made, f"/gate/check{query}", token, headers=said)


async def call(
    made: Installation,
    path: str,
    token: str | None = None,
    *,
    method: str = "GET",
    headers: tuple[str, ...] = (),
) -> Answer:
    """Call a path of the installation that is no API's."""
    return await made.call(path, token, method=method, headers=headers, below="")


async def test_a_call_that_may_pass(offloading: Installation) -> None:
    """The answer says who calls, where the call goes and what to ask for there; it is counted."""
    jwt = offloading.sign(offloading.row(user=True, scope="openid"))

    answer = await check(offloading, f"{THINGS}?a=%20b", jwt)

    assert (answer.status, answer.body) == (200, b"")
    assert answer.header("x-gatelodge-user-login") == "jsmith"
    assert answer.header("x-gatelodge-plan") == "Unlimited"
    assert answer.header("x-gatelodge-route") == "31-production"
    assert answer.header("x-gatelodge-target") == "/base/things/1?a=%20b"
    assert answer.header("x-request-id") == answer.header("x-gatelodge-request-id")
    assert (answer.header("ratelimit") or "").startswith('"unlimited";r=')
    assert "authorization" not in dict(answer.headers)
    await offloading.usage.flush()
    counted = await offloading.store.read(usage.of_application, APPLICATION, 0)
    assert [(each.status, each.calls) for each in counted] == [(200, 1)]


async def test_a_path_behind_the_prefix(offloading: Installation) -> None:
    """Envoy asks with the call's own method and path; what it says in headers is not looked at."""
    jwt = offloading.sign(offloading.row())
    elsewhere = (f"X-Forwarded-Uri: {THINGS}", "X-Forwarded-Method: GET")

    good = await call(offloading, f"/gate/check{THINGS}?q=1", jwt, headers=elsewhere)
    wrong = await call(offloading, f"/gate/check{THINGS}", jwt, method="DELETE")
    nowhere = await call(offloading, "/gate/check/nowhere", jwt, headers=elsewhere)
    bent = await call(offloading, f"/gate/%63heck{THINGS}", jwt)

    assert good.header("x-gatelodge-target") == "/base/things/1?q=1"
    assert (wrong.status, wrong.header("allow")) == (405, "GET, HEAD, OPTIONS")
    assert nowhere.status == 404
    assert bent.status == 400


@pytest.mark.parametrize(
    "said",
    [
        (),
        (f"X-Forwarded-Uri: {THINGS}",),
        ("X-Forwarded-Method: GET",),
        ("X-Forwarded-Method: GET", f"X-Forwarded-Uri: {THINGS}", "X-Forwarded-Uri: /t/other"),
        ("X-Forwarded-Method: GET", "X-Forwarded-Method: PUT", f"X-Forwarded-Uri: {THINGS}"),
        ("X-Forwarded-Method: GET", "X-Forwarded-Uri:"),
    ],
)
async def test_a_question_about_no_call_or_two(
    offloading: Installation, said: tuple[str, ...]
) -> None:
    """It is a 400 that tells the operator what is missing, and lets nothing through."""
    answer = await call(offloading, "/gate/check", offloading.sign(offloading.row()), headers=said)

    assert answer.status == 400
    assert "X-Forwarded-Uri" in answer.json()["description"]


@pytest.mark.parametrize("uri", [f"{THINGS}#x", f"{THINGS}?x#y", "things", "http://a/things"])
async def test_a_target_that_ends_elsewhere_for_others(offloading: Installation, uri: str) -> None:
    """A fragment, a relative and an absolute target are refused."""
    answer = await check(offloading, uri, offloading.sign(offloading.row()))

    assert answer.status == 400


async def test_only_trusted_proxies_are_answered(offloading: Installation) -> None:
    """For everybody else there is nothing, even with a good access token."""
    jwt = offloading.sign(offloading.row())

    async def from_elsewhere(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["client"] = ("192.0.2.7", 1)
        await offloading.served(scope, receive, send)

    async with running(from_elsewhere, lifespan="off") as url:
        offloading.base_url = url
        asked = await check(offloading, THINGS, jwt)
        below = await call(offloading, f"/gate/check{THINGS}", jwt)
        fault = await call(offloading, "/gate/fault")
        gateway = await call(offloading, THINGS, jwt)

    assert [each.status for each in (asked, below, fault, gateway)] == [404, 404, 404, 200]


async def test_another_spelling_of_the_path_is_not_there(offloading: Installation) -> None:
    """A proxy that lets nobody in at ``/gate/`` passes it on; it comes from the proxy then."""
    said = ("X-Forwarded-Method: GET", f"X-Forwarded-Uri: {THINGS}")
    jwt = offloading.sign(offloading.row())

    asked = await call(offloading, "/%67ate/check", jwt, headers=said)
    below = await call(offloading, f"/%67ate/check{THINGS}", jwt)

    assert (asked.status, below.status) == (404, 404)


async def test_a_route_the_proxy_has_chosen_itself(offloading: Installation) -> None:
    """A call of another API or environment than it would be sent to is refused."""
    jwt = offloading.sign(offloading.row())
    sandbox = offloading.sign(offloading.row(), SANDBOX_KEY)
    both = f"/t/{TENANT}/both/things/1"
    right, wrong = "?route=33-production", "?route=31-production"

    assert (await check(offloading, both, jwt, query=right)).status == 200
    for uri, token, query in ((both, jwt, wrong), (both, sandbox, right), (THINGS, jwt, right)):
        refused = await check(offloading, uri, token, query=query)
        assert (refused.status, refused.header("retry-after")) == (503, "1")


async def test_an_api_inside_is_not_a_proxy_s(offloading: Installation) -> None:
    """There is nothing to connect to."""
    inner = f"/t/{TENANT}/things-api/inner/things/1"

    answer = await check(offloading, inner, offloading.sign(offloading.row()))

    assert (answer.status, answer.json()["code"]) == (503, "101503")


async def test_a_preflight_is_not_let_through(offloading: Installation) -> None:
    """A 204 would send it to the upstream."""
    said = (
        "X-Forwarded-Method: OPTIONS",
        f"X-Forwarded-Uri: {THINGS}",
        "Access-Control-Request-Method: GET",
    )

    answer = await call(offloading, "/gate/check", headers=said)

    assert answer.status == 405


async def test_a_fault_goes_through_a_header_and_comes_back(offloading: Installation) -> None:
    """Every refusal is a 403, its fault sealed; only a fault of ours is answered again."""
    refused = await check(offloading, THINGS, "bad", query="?refuse=403")
    sealed = refused.header("x-gatelodge-fault") or ""
    direct = await call(offloading, THINGS, "bad")

    async def fault(text: str) -> Answer:
        return await call(offloading, "/gate/fault", headers=(f"X-Gatelodge-Fault: {text}",))

    again, forged, empty = await fault(sealed), await fault(sealed[:-4] + "AAAA"), await fault("")
    offloading.now += 61
    late = await fault(sealed)

    assert (refused.status, refused.body) == (403, b"")
    assert "900901" not in sealed
    assert (again.status, again.body) == (direct.status, direct.body)
    assert again.header("www-authenticate") == direct.header("www-authenticate")
    for each in (forged, empty, late):
        assert (each.status, each.header("retry-after")) == (503, "1")


async def test_a_configuration_older_than_an_upstream(offloading: Installation) -> None:
    """Nginx knows ways by the gateway's names for them: what is new has none, and is not sent."""
    before = nginx.configuration(await written(offloading))

    assert "33-sandbox http://gatelodge_33_sandbox;" in before
    assert 'default "";' in before
    assert "34-" not in before


async def test_traefik_leaves_what_it_cannot_choose(offloading: Installation) -> None:
    """It is told each API's route; an API with a sandbox stays with the gateway."""
    made = yaml.safe_load(traefik.configuration(await written(offloading)))["http"]
    routers, middlewares = made["routers"], made["middlewares"]
    things = routers["gatelodge~t~vbc.prod~things-api"]

    assert things["rule"].endswith(r"PathRegexp(`^/t/vbc\.prod/things\-api(?:/|$)`)")
    assert things["service"] == "gatelodge_31_production"
    asked = middlewares[things["middlewares"][0]]["forwardAuth"]
    assert asked["address"].endswith("/gate/check?route=31-production")
    assert "X-Gatelodge-User-Id" in asked["authResponseHeaders"]
    assert (
        middlewares["gatelodge-headers"]["headers"]["customRequestHeaders"]["Authorization"] == ""
    )
    assert routers["gatelodge~t~vbc.prod~both"]["service"] == "gatelodge"
    assert routers["gatelodge~t~vbc.prod~things-api~inner"]["service"] == "gatelodge"
    inner = routers["gatelodge~t~vbc.prod~things-api~inner"]["priority"]
    assert inner > things["priority"] > routers["gatelodge"]["priority"]
    assert {*made["services"]} >= {"gatelodge", things["service"]}


def test_traefik_tells_apis_of_like_paths_apart() -> None:
    """However many there are: preflights and what is closed come before all of them."""
    many = [api(id=n, context=f"/a/{n}", production_upstream="http://up") for n in range(1000)]
    alike = [
        api(id=2000 + n, context=context, production_upstream="http://up")
        for n, context in enumerate(("/a/b", "/a-b", "/a.b", "/a_b"))
    ]
    made_for = front("http://api.example", "127.0.0.1:1", TENANT, [*many, *alike], "4.x")
    routers = yaml.safe_load(traefik.configuration(made_for))["http"]["routers"]
    first, second, *others = sorted(routers, key=lambda name: -routers[name]["priority"])

    assert (first, second) == ("gatelodge-closed", "gatelodge-options")
    assert len(others) == 2 * 1004 + 1


async def test_traefik_passes_on_what_is_ours_alone(offloading: Installation) -> None:
    """Callers have no say in our names, nor have upstreams in what only the gateway may say."""
    made = yaml.safe_load(traefik.configuration(await written(offloading)))["http"]["middlewares"]
    names = ("X-Gatelodge-Else", "X_gatelodge_user_id", "X.gatelodge.plan", "X_original_url")
    check = made["gatelodge~t~vbc.prod~things-api-check"]["forwardAuth"]
    headers = made["gatelodge-headers"]["headers"]

    assert all(re.search(check["authResponseHeadersRegex"], name) for name in names)
    assert not re.search(check["authResponseHeadersRegex"], "X-Request-Id")
    assert headers["customRequestHeaders"]["X-Replaced-Path"] == ""
    assert headers["customResponseHeaders"]["Ratelimit"] == ""
    assert made["gatelodge-closed"]["ipAllowList"]["rejectStatusCode"] == 404
