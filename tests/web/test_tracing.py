"""Spans of a running server, as a collector gets them; what they lead on; nothing when off."""

import asyncio
import http.server
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from gatelodge.gateway.forward import UpstreamRequest
from gatelodge.gateway.traced import TracedForwarder
from gatelodge.web.http import Receive, Scope, Send
from gatelodge.web.tracing import Tracing, provider, wanted
from tests import serving
from tests.flows.signing_in import by_password
from tests.security.attacking import API, bearer

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
CARRIED = {"traceparent": f"00-{TRACE}-{PARENT}-01", "tracestate": "vendor=value"}


class Collector(http.server.ThreadingHTTPServer):
    """Takes spans over HTTP; ``got`` is set with each delivery."""

    def __init__(self) -> None:
        self.spans: list[Any] = []
        self.resources: list[dict[str, str]] = []
        super().__init__(("127.0.0.1", 0), _Taking)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Taking(http.server.BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        for group in ExportTraceServiceRequest.FromString(body).resource_spans:
            about = {one.key: one.value.string_value for one in group.resource.attributes}
            self.server.resources.append(about)
            for scope in group.scope_spans:
                self.server.spans.extend(scope.spans)
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    """A collector of the test's own."""
    with Collector() as found:
        thread = threading.Thread(target=found.serve_forever)
        thread.start()
        yield found
        found.shutdown()
        thread.join()


def about(span: Any) -> dict[str, Any]:
    """Return a span's attributes."""
    return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}


async def test_a_collector_gets_the_spans_of_a_server(tmp_path: Path, collector: Collector) -> None:
    """A call goes on with its caller's trace, to its upstream; a batch links to who wrote.

    All have arrived when the server has ended, and none tells a path or a query.
    """
    environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_SERVICE_NAME": "portal"}
    async with (
        serving.serving(tmp_path / "data", "--demo", environment=environment) as server,
        httpx2.AsyncClient(base_url=server.base_url, timeout=30) as http,
    ):
        access_token = (await by_password(http)).json()["access_token"]
        called = await http.get(f"{API}?q=s3cret", headers=bearer(access_token) | CARRIED)
        assert called.status_code == 200
    assert collector.resources[0]["service.name"] == "portal"
    spans = collector.spans
    (gateway,) = [span for span in spans if span.name == "GET gateway"]
    assert (gateway.trace_id.hex(), gateway.parent_span_id.hex()) == (TRACE, PARENT)
    assert about(gateway)["http.response.status_code"] == 200
    assert about(gateway)["gatelodge.request_id"] == called.headers["x-request-id"]
    (upstream,) = [span for span in spans if span.parent_span_id == gateway.span_id]
    assert (upstream.name, about(upstream)["server.address"]) == ("GET", "app:provisioning")
    (token,) = [span for span in spans if span.name == "POST token"]
    batches = [span for span in spans if span.name == "database batch"]
    linked = {link.span_id for span in batches for link in span.links}
    assert token.span_id in linked
    assert not [word for word in ("s3cret", "accounts", access_token) if word in str(spans)]


def traced() -> tuple[Tracing, InMemorySpanExporter]:
    """Return what traces into memory."""
    made, memory = TracerProvider(), InMemorySpanExporter()
    made.add_span_processor(SimpleSpanProcessor(memory))
    return Tracing(made, lambda _: "gateway"), memory


async def test_an_upstream_is_told_the_span_it_belongs_to() -> None:
    """The caller's context is replaced by that of our span; other headers are as they were."""
    tracing, memory = traced()
    seen: list[tuple[bytes, bytes]] = []

    async def upstream(scope: Scope, _receive: Receive, send: Send) -> None:
        seen.extend(scope["headers"])
        await send({"type": "http.response.start", "status": 503, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    forwarder = TracedForwarder({"x": upstream}, tracing)
    caller = [(name.encode(), value.encode()) for name, value in CARRIED.items()]

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"accept", b"*/*"), *scope["headers"]]
        request = UpstreamRequest(
            method=b"GET", target=b"/", headers=headers, body="none", scope=scope
        )
        await forwarder.send("app:x", request, receive, send)

    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "raw_path": b"/",
        "root_path": "",
        "query_string": b"",
        "http_version": "1.1",
        "headers": caller,
        "state": {"request_id": "0" * 32},
    }
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    await tracing.around(call)(scope, receive, send)
    await forwarder.close()
    inner, outer = memory.get_finished_spans()
    told = dict(seen)
    assert told[b"traceparent"].decode() == f"00-{TRACE}-{inner.context.span_id:016x}-01"
    assert told[b"tracestate"] == b"vendor=value"
    assert told[b"accept"] == b"*/*"
    assert len([name for name, _ in seen if name == b"traceparent"]) == 1
    assert not outer.status.is_ok
    assert sent[0]["status"] == 503


async def test_a_failure_is_named_and_not_quoted() -> None:
    """The span has the kind of the error; its text may be what a caller sent."""
    tracing, memory = traced()

    async def broken(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise ConnectionResetError("s3cret")

    scope = {"method": "GET", "path": "/", "headers": [], "state": {"request_id": "0" * 32}}
    with pytest.raises(ConnectionResetError):
        await tracing.around(broken)(scope, asyncio.Event().wait, asyncio.sleep)  # type: ignore[arg-type]  # neither is called
    (span,) = memory.get_finished_spans()
    assert "s3cret" not in span.to_json()
    assert "ConnectionResetError" in span.to_json()


def test_without_the_extra_a_line_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The server starts all the same: such variables are often set for everything at once."""
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    assert provider("1") is None
    assert "gatelodge[otel]" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ("", False),
        ("OTEL_SERVICE_NAME=x", False),
        ("OTEL_EXPORTER_OTLP_ENDPOINT=http://a", True),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://a", True),
        ("OTEL_TRACES_EXPORTER=otlp", True),
        ("OTEL_TRACES_EXPORTER=none OTEL_EXPORTER_OTLP_ENDPOINT=http://a", False),
        ("OTEL_SDK_DISABLED=true OTEL_EXPORTER_OTLP_ENDPOINT=http://a", False),
    ],
)
def test_when_traces_are_wanted(variables: str, expected: bool) -> None:  # noqa: FBT001 - a row of the table
    """OpenTelemetry's own variables say."""
    assert wanted(dict(one.split("=", 1) for one in variables.split())) is expected
