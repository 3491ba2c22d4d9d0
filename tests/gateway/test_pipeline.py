"""Calls through the gateway, over sockets, on a real store."""

from typing import Any

import pytest

from gatelodge.catalog.apis import Api
from gatelodge.gateway.forward import UpstreamBroken
from gatelodge.storage import apis, usage
from gatelodge.storage.connections import Connection
from tests.gateway.installation import (
    API,
    APPLICATION,
    NOW,
    SANDBOX_KEY,
    USER,
    Answer,
    Installation,
    api,
    installed,
)


async def test_a_subscribed_call_arrives_with_the_caller_s_identity(
    installation: Installation,
) -> None:
    """The upstream gets path and query as they were sent, and learns who calls."""
    jwt = installation.sign(installation.row(user=True, scope="openid secrets"))

    answer = await installation.call("/things/a%2Fb?x=%20y", jwt)

    assert answer.status == 200, answer.body
    asked = answer.json()
    assert asked["path"] == "/t/vbc.prod/things-api/things/a%2Fb"
    assert asked["root"] == "/t/vbc.prod/things-api"
    assert asked["query"] == "x=%20y"
    told = dict(asked["headers"])
    assert told["x-gatelodge-user-account"] == "571700"
    assert told["x-gatelodge-user-id"] == str(USER)
    assert told["x-gatelodge-user-login"] == "jsmith"
    assert told["x-gatelodge-scopes"] == "openid secrets"
    assert told["x-gatelodge-plan"] == "Unlimited"
    assert told["x-forwarded-for"] == "127.0.0.1"
    assert told["x-forwarded-host"] == "api.example"
    assert "authorization" not in told
    assert answer.header("x-request-id") == told["x-request-id"]
    assert answer.header("ratelimit-policy") is not None


async def test_a_body_and_a_version_arrive(installation: Installation) -> None:
    """The version's own path answers too, and a body passes unchanged."""
    jwt = installation.sign(installation.row())

    answer = await installation.call(
        "/t/vbc.prod/things-api/v1/things", jwt, method="POST", body=b"a thing"
    )

    assert answer.status == 200, answer.body
    assert answer.json()["body"] == "a thing"
    assert answer.json()["root"] == "/t/vbc.prod/things-api/v1"


async def test_an_opaque_access_token_calls_too(installation: Installation) -> None:
    """A stored access token is as good as a signed one; another secret under its row is not."""
    good = await installation.stored(installation.row(user=True))
    forged = await installation.stored(installation.row(user=True))
    forged = forged[:20] + ("A" if forged[20] != "A" else "B") + forged[21:]

    assert (await installation.call("/mine", good)).status == 200
    assert (await installation.call("/mine", good)).status == 200
    assert (await installation.call("/mine", forged)).status == 401


async def test_forged_identity_is_dropped(installation: Installation) -> None:
    """Whatever a caller says about itself in our headers' names is not passed on."""
    jwt = installation.sign(installation.row())
    forged = (
        "X-Gatelodge-User-Account: 1",
        "X_Gatelodge_User_Account: 1",
        "X-Forwarded-For: 10.0.0.1",
        "Forwarded: for=10.0.0.1",
        "X-Request-Id: mine",
        "Cookie: gatelodge-developer=stolen",
        "X-HTTP-Method-Override: DELETE",
        "Connection: X-Private",
        "X-Private: hop",
        "X-Kept: caf\xe9",
    )

    answer = await installation.call("/things/1", jwt, headers=forged)

    told = [name for name, _ in answer.json()["headers"]]
    assert "x-gatelodge-user-account" not in told
    assert not {"x_gatelodge_user_account", "forwarded", "cookie", "x-private"} & set(told)
    assert "x-http-method-override" not in told
    assert ["x-kept", "caf\xe9"] in answer.json()["headers"]
    assert told.count("x-forwarded-for") == told.count("x-request-id") == 1


async def test_an_upstream_s_cookies_and_limits_do_not_reach_the_caller(
    installation: Installation,
) -> None:
    """An upstream cannot set cookies on our host nor speak in the gateway's headers."""
    installation.echo.headers += [
        (b"set-cookie", b"gatelodge-developer=forged"),
        (b"ratelimit", b"theirs"),
        (b"access-control-allow-credentials", b"true"),
        (b"x-theirs", b"1"),
    ]

    answer = await installation.call("/things/1", installation.sign(installation.row()))

    assert answer.header("x-theirs") == "1"
    assert answer.header("set-cookie") is None
    assert answer.header("access-control-allow-credentials") is None
    assert answer.header("access-control-allow-origin") == "*"
    assert (answer.header("ratelimit") or "").startswith('"unlimited";r=')


@pytest.mark.parametrize(
    ("path", "status", "description"),
    [
        ("/nowhere", 404, "No matching resource found for given API Request"),
        ("/t/vbc.prod/other/x", 404, "The requested resource is not available."),
        ("/t/other/things-api/open", 404, "The requested resource is not available."),
        ("/things/../open", 400, "The path is not in a form every server reads alike."),
        ("/things/%2e%2E", 400, "The path is not in a form every server reads alike."),
        ("/things/a%5cb", 400, "The path is not in a form every server reads alike."),
    ],
)
async def test_a_path_that_leads_nowhere_is_refused_before_anything_else(
    installation: Installation, path: str, status: int, description: str
) -> None:
    """Without any access token: a bad path is 400, an unknown one 404, and neither is echoed."""
    answer = await installation.call(path)

    assert answer.status == status, answer.body
    body = answer.json()
    assert (body["code"], body["description"]) == (str(status), description)
    assert body["message"] == ("Bad Request" if status == 400 else "Not Found")
    assert body.get("type") == (None if "matching" in description else "Status report")
    assert installation.echo.calls == 0


async def test_a_wrong_verb_is_refused_before_the_access_token_is_looked_at(
    installation: Installation,
) -> None:
    """405 names the methods there are."""
    answer = await installation.call("/things", method="DELETE")

    assert answer.status == 405
    assert answer.header("allow") == "OPTIONS, POST"
    assert answer.json()["description"] == "Method not allowed for given API resource"


async def test_head_follows_get(installation: Installation) -> None:
    """HEAD is the upstream's to answer where there is a GET."""
    answer = await installation.call(
        "/things/1", installation.sign(installation.row()), method="HEAD"
    )

    assert answer.status == 200
    assert answer.body == b""
    assert installation.echo.calls == 1


async def test_a_preflight_is_answered_by_the_gateway(installation: Installation) -> None:
    """Any origin may call, without credentials; the upstream is not asked."""
    asking = ("Origin: https://app.example", "Access-Control-Request-Method: GET")

    answer = await installation.call("/things/1", method="OPTIONS", headers=asking)

    assert answer.status == 204
    assert answer.header("access-control-allow-origin") == "*"
    assert answer.header("access-control-allow-methods") == "GET, HEAD, OPTIONS"
    assert "Authorization" in (answer.header("access-control-allow-headers") or "")
    assert answer.header("access-control-allow-credentials") is None
    assert installation.echo.calls == 0
    assert (await installation.call("/nowhere", method="OPTIONS")).status == 404


async def test_an_open_operation_needs_no_access_token(installation: Installation) -> None:
    """Everybody may call it; the upstream is told nobody's name."""
    answer = await installation.call("/open", headers=("X-Gatelodge-User-Id: 1",))

    assert answer.status == 200
    told = dict(answer.json()["headers"])
    assert not [name for name in told if name.startswith("x-gatelodge-") and "request" not in name]
    assert answer.header("ratelimit") is None


async def test_refusals_of_access(installation: Installation) -> None:
    """Scope, kind of subject and environment are refused with VBC's codes."""
    plain = installation.sign(installation.row())

    scope = await installation.call("/secrets", plain)
    assert (scope.status, scope.json()["code"]) == (403, "900910")
    assert 'error="insufficient_scope"' in (scope.header("www-authenticate") or "")
    assert 'scope="secrets"' in (scope.header("www-authenticate") or "")
    assert scope.header("ratelimit") is not None

    subject = await installation.call("/mine", plain)
    assert (subject.status, subject.json()["code"]) == (401, "900905")

    sandbox = installation.sign(installation.row(), SANDBOX_KEY)
    upstream = await installation.call("/things/1", sandbox)
    assert (upstream.status, upstream.json()["code"]) == (403, "900901")
    assert upstream.json()["description"] == (
        "Sandbox key offered to the API with no sandbox endpoint"
    )


async def test_sandbox_and_production_keys_go_to_their_own_upstreams(
    installation: Installation,
) -> None:
    """Each environment has its upstream; an upstream that cannot be reached is a fault."""
    changed = api(sandbox_upstream="app:nobody")
    await replace(installation, changed)
    sandbox = installation.sign(installation.row(), SANDBOX_KEY)

    assert (
        await installation.call("/things/1", installation.sign(installation.row()))
    ).status == 200
    answer = await installation.call("/things/1", sandbox)

    assert (answer.status, answer.json()["code"]) == (503, "101503")
    assert answer.json()["message"] == "Runtime Error"


async def test_a_broken_upstream_is_told_without_its_cause(installation: Installation) -> None:
    """An upstream's failure is a 101500; a mistake of our own is a 500 that says nothing."""
    jwt = installation.sign(installation.row())
    installation.echo.error = UpstreamBroken("the inner host 10.1.2.3 said rubbish")
    broken = await installation.call("/things/1", jwt)
    installation.echo.error = RuntimeError("the inner secret")
    mistaken = await installation.call("/things/1", jwt)

    assert (broken.status, broken.json()["code"]) == (502, "101500")
    assert (mistaken.status, mistaken.json()["code"]) == (500, "900900")
    assert b"inner" not in broken.body + mistaken.body


async def test_an_api_out_of_service_is_not_there(installation: Installation) -> None:
    """A retired or a created API is 404 from the next call on; a deprecated one still answers."""
    jwt = installation.sign(installation.row())
    statuses = []
    for state in ("deprecated", "retired", "created", "published"):
        await replace(installation, api(state=state))
        statuses.append((await installation.call("/things/1", jwt)).status)

    assert statuses == [200, 404, 404, 200]


async def test_faults_in_the_older_shape(tmp_path: Any) -> None:
    """With ``3.x`` the body stands under ``fault`` and the code is a number."""
    async with installed(f"sqlite:///{tmp_path / 'old.sqlite'}", "3.x") as older:
        answer = await older.call("/things/1")

    fault = answer.json()["fault"]
    assert answer.status == 401
    assert fault["code"] == 900902
    assert fault["message"] == "Missing Credentials"


async def test_calls_are_counted(installation: Installation) -> None:
    """Counts by status and application are in the table after a flush, those of two added up."""
    jwt = installation.sign(installation.row())
    for _ in range(2):
        await installation.call("/things/1", jwt)
        await installation.call("/things/1")
        await installation.usage.flush()
    await installation.usage.flush()

    counted = await installation.store.read(usage.of_application, APPLICATION, 0)
    unknown = await installation.store.read(usage.of_application, 0, 0)
    assert [(c.hour, c.api_id, c.environment, c.status, c.calls) for c in counted] == [
        (NOW - NOW % 3600, API, "production", 200, 2)
    ]
    assert [(c.status, c.calls) for c in unknown] == [(401, 2)]
    assert await installation.store.read(usage.total, API, 0) == 4
    assert installation.usage.calls == {(API, 2): 2, (API, 4): 2}


async def replace(installation: Installation, changed: Api) -> Answer:
    """Store a changed API."""

    def unit(conn: Connection) -> None:
        apis.replace(conn, changed)

    await installation.change("api", unit)
    return await installation.call("/open")
