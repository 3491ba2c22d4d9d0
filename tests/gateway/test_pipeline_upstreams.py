"""What is behind the gateway: another server, the Provisioning API, and a database that is away."""

import asyncio
from typing import Any

import msgspec
import pytest

from gatelodge.catalog.apis import Api, Operation
from gatelodge.gateway.forward import CallerGone
from gatelodge.gateway.usage import Usage
from gatelodge.provisioning import application as provisioning
from gatelodge.storage import apis, changes, usage
from gatelodge.storage.connections import Connection
from gatelodge.storage.errors import StoreUnavailable
from gatelodge.web.http import Receive, Scope, Send
from gatelodge.web.server import running
from tests.gateway.installation import (
    APPLICATION,
    ISSUER,
    OPERATIONS,
    USER,
    Echo,
    Installation,
    api,
)
from tests.raw_http import connected, talk


async def offer(installation: Installation, offered: Api) -> None:
    """Store a changed API."""

    def unit(conn: Connection) -> None:
        apis.replace(conn, offered)

    await installation.change("api", unit)


async def test_a_call_reaches_another_server_byte_for_byte(installation: Installation) -> None:
    """Path, query, body and headers arrive as they were sent, below the upstream's base path."""
    server = Echo()
    jwt = installation.sign(installation.row(user=True))
    async with running(server, lifespan="off") as url:
        await offer(installation, api(production_upstream=f"{url}/base"))
        answer = await installation.call(
            "/things/a%2Fb%c3%a9;v=1?q=%zz&a=+", jwt, headers=("X-Kept: caf\xe9", "Accept: a, b")
        )
        posted = await installation.call("/things", jwt, method="POST", body=b"x" * 100_000)

    asked = answer.json()
    assert asked["path"] == "/base/things/a%2Fb%c3%a9;v=1"
    assert asked["query"] == "q=%zz&a=+"
    told = dict(asked["headers"])
    assert told["x-kept"] == "caf\xe9"
    assert told["accept"] == "a, b"
    assert told["host"] == url.removeprefix("http://")
    assert told["x-gatelodge-user-id"] == str(USER)
    assert "authorization" not in told
    assert len(posted.json()["body"]) == 100_000
    assert answer.header("ratelimit") is not None


async def test_a_body_in_chunks_is_passed_on(installation: Installation) -> None:
    """A body without a length reaches another server too."""
    server = Echo()
    jwt = installation.sign(installation.row())
    async with running(server, lifespan="off") as url:
        await offer(installation, api(production_upstream=url))
        raw = await talk(
            installation.base_url,
            b"POST /t/vbc.prod/things-api/things HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
            b"Transfer-Encoding: chunked\r\nAuthorization: Bearer " + jwt.encode() + b"\r\n\r\n",
            b"3\r\nabc\r\n",
            b"2\r\nde\r\n0\r\n\r\n",
        )

    assert b'"body":"abcde"' in raw


async def test_an_upstream_that_is_not_there(installation: Installation) -> None:
    """Nobody listens: 101503, and it is counted."""
    async with running(Echo(), lifespan="off") as url:
        pass
    await offer(installation, api(production_upstream=url))

    answer = await installation.call("/things/1", installation.sign(installation.row()))

    assert (answer.status, answer.json()["code"]) == (503, "101503")
    assert url.removeprefix("http://").encode() not in answer.body
    await installation.usage.flush()
    counted = await installation.store.read(usage.of_application, APPLICATION, 0)
    assert [(each.status, each.calls) for each in counted] == [(503, 1)]


async def test_an_answer_that_breaks_off_closes_the_connection(
    installation: Installation,
) -> None:
    """A part of an answer is never made to look like the whole."""

    async def breaking(scope: Scope, receive: Receive, send: Send) -> None:
        length = [(b"content-length", b"10")]
        await send({"type": "http.response.start", "status": 200, "headers": length})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise ConnectionResetError

    installation.forwarder._mounted = {"echo": breaking}
    answer = await installation.call("/things/1", installation.sign(installation.row()))

    assert (answer.status, answer.body) == (200, b"half")


async def test_a_caller_that_goes_away_is_not_answered(installation: Installation) -> None:
    """It is counted as 499 and nothing is sent."""
    asked = asyncio.Event()

    async def waiting(scope: Scope, receive: Receive, send: Send) -> None:
        asked.set()
        message = {"type": ""}
        while message["type"] != "http.disconnect":
            message = dict(await receive())
        raise CallerGone

    counted = asyncio.Event()

    class Telling(Usage):
        """Says when a call was counted."""

        def count(self, now: int, **kind: Any) -> None:
            """Count and tell."""
            super().count(now, **kind)
            counted.set()

    telling = Telling(installation.store)
    parts = msgspec.structs.replace(installation.gate._parts, usage=telling)
    installation.gate._parts = parts
    installation.forwarder._mounted = {"echo": waiting}
    jwt = installation.sign(installation.row())
    async with connected(installation.base_url) as (_, writer):
        writer.write(
            b"GET /t/vbc.prod/things-api/things/1 HTTP/1.1\r\nHost: a\r\n"
            b"Authorization: Bearer " + jwt.encode() + b"\r\n\r\n"
        )
        await asked.wait()

    await counted.wait()
    await telling.flush()
    found = await installation.store.read(usage.of_application, APPLICATION, 0)
    assert [each.status for each in found] == [499]


async def test_the_provisioning_api_behind_the_gateway(installation: Installation) -> None:
    """Links begin with what was called; a slash at the end and the version make no difference."""
    store, live = installation.store, installation.live
    mounted = provisioning.build(store, live, ISSUER)
    installation.forwarder._mounted = {"provisioning": mounted}
    account = Operation(method="GET", path="/api/accounts/{account_id}", audience="user")
    await offer(
        installation,
        api(
            context="/provisioning",
            production_upstream="app:provisioning",
            operations=(account,),
        ),
    )
    jwt = installation.sign(installation.row(user=True))

    for base, path in (("", "/api/accounts/self"), ("/v1", "/api/accounts/571700/")):
        answer = await installation.call(f"/t/vbc.prod/provisioning{base}{path}", jwt)
        assert answer.status == 200, answer.body
        found = answer.json()
        assert found["_embedded"]["account"]["name"] == "Vonage"
        assert found["_links"]["self"]["href"] == (
            f"{ISSUER}/t/vbc.prod/provisioning{base}/api/accounts/571700"
        )


async def test_an_api_may_answer_options_itself(installation: Installation) -> None:
    """Only a preflight is the gateway's then; anything else goes to the upstream."""
    options = Operation(method="OPTIONS", path="/things", audience="none")
    await offer(installation, api(operations=(*OPERATIONS, options)))

    own = await installation.call("/things", method="OPTIONS")
    preflight = await installation.call(
        "/things", method="OPTIONS", headers=("Access-Control-Request-Method: POST",)
    )

    assert own.json()["method"] == "OPTIONS"
    assert preflight.status == 204


async def test_what_is_known_serves_while_the_database_is_away(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Known callers of known APIs go on; what would have to be read is 503."""
    jwt = installation.sign(installation.row())
    assert (await installation.call("/things/1", jwt)).status == 200
    await installation.store.write(changes.append, "api", 0)

    async def away(*_: object) -> None:
        raise StoreUnavailable("the secret host is away")

    monkeypatch.setattr(installation.store, "read", away)
    known = await installation.call("/things/1", jwt)
    unknown = await installation.call("/mine", installation.sign(installation.row(user=True)))
    monkeypatch.undo()

    assert known.status == 200
    assert (unknown.status, unknown.json()["code"]) == (503, "900900")
    assert unknown.header("retry-after") == "1"
    assert b"secret" not in unknown.body


async def test_counts_wait_for_a_database_that_is_away(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be written is written with the next flush."""

    async def away(*_: object) -> None:
        raise StoreUnavailable("away")

    await installation.call("/things/1", installation.sign(installation.row()))
    monkeypatch.setattr(installation.store, "write", away)
    await installation.usage.flush()
    monkeypatch.undo()
    await installation.call("/things/1", installation.sign(installation.row()))
    await installation.usage.flush()

    counted = await installation.store.read(usage.of_application, APPLICATION, 0)
    assert [each.calls for each in counted] == [2]
