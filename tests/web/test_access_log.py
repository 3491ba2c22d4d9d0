"""Log lines of requests: which request a line is about, and a line for each that tells little."""

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import httpx2

from gatelodge.web.access_log import AccessLog
from gatelodge.web.http import Receive, Scope, Send
from gatelodge.web.middleware import RequestId
from tests import serving
from tests.authserver.asgi import call
from tests.flows.signing_in import hidden_fields


async def _teapot(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def _broken(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise ConnectionResetError


async def test_a_line_for_each_request() -> None:
    """One object each, with what was asked of what; 0 for who did not wait, no invented method."""
    out = io.StringIO()
    log = AccessLog(lambda path: "pages" if path == "/" else "token", out)
    answer = await call(RequestId(log.around(_teapot), secure=False), "GET")
    with contextlib.suppress(ConnectionResetError):
        await call(RequestId(log.around(_broken), secure=False), "S3CRET")
    one, other = map(json.loads, out.getvalue().splitlines())
    assert one["request_id"] == answer.header("x-request-id")
    assert (one["event"], one["method"], one["surface"], one["status"]) == (
        *("request", "GET"),
        *("pages", 418),
    )
    assert one["ms"] >= 0
    assert (other["method"], other["status"]) == ("other", 0)


async def test_a_running_server(tmp_path: Path) -> None:
    """Its lines name their request; neither path nor query of one is in a line."""
    environment = {"GATELODGE_LOG_FORMAT": "json", "GATELODGE_ACCESS_LOG": "true"}
    async with (
        serving.serving(tmp_path / "data", "--demo", environment=environment) as server,
        httpx2.AsyncClient(base_url=server.base_url, timeout=30) as http,
    ):
        page = await http.get("/login")
        form = hidden_fields(page.text) | {"email": "nobody@example.com", "password": "a wrong one"}
        wrong = await http.post("/login", data=form)
        missing = await http.get("/never/heard-of", params={"code": "glco_query"})
    # Read after the end: a request's line comes after its answer.
    lines: list[dict[str, Any]] = [
        json.loads(line) for line in server.printed().splitlines() if line.startswith("{")
    ]
    of = {line["request_id"]: line for line in lines if line["event"] == "request"}
    assert of[wrong.headers["x-request-id"]]["surface"] == "developer_sign_in"
    assert of[missing.headers["x-request-id"]]["status"] == 404
    assert of[missing.headers["x-request-id"]]["client"] == "127.0.0.1"
    (refused,) = [line for line in lines if line["event"] == "sign_in_refused"]
    assert refused["request_id"] == wrong.headers["x-request-id"]
    assert not [word for word in ("heard-of", "glco_query") if word in server.printed()]
