"""Spans for OpenTelemetry: requests, what goes on to upstreams, batches of the database.

Off unless the standard variables say where spans go, and then nothing of it is imported. Spans
name surfaces, methods, statuses and hosts: no path, no query, no header, no person.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import structlog
from structlog.contextvars import bind_contextvars

from gatelodge.web.http import ASGIApp, Message, Receive, Scope, Send

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span

_WHERE = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_CONTEXT = (b"traceparent", b"tracestate")
_FAILED = 500
_MOST_LINKS = 100

_log = structlog.get_logger(__name__)


def wanted(environment: Mapping[str, str]) -> bool:
    """Say whether OpenTelemetry's own variables ask for traces."""
    if environment.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    chosen = environment.get("OTEL_TRACES_EXPORTER", "")
    return chosen != "none" and (chosen == "otlp" or any(environment.get(one) for one in _WHERE))


def provider(version: str) -> TracerProvider | None:
    """Return what makes spans and sends them (OTLP over HTTP); ``None`` without the extra."""
    try:
        # The extra may be missing, and importing it takes longer than the server's start.
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - may be missing, and is slow
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - may be missing, and is slow
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - may be missing, and is slow
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - may be missing, and is slow
    except ImportError:
        _log.warning("traces_not_sent", cause="pip install 'gatelodge[otel]'")
        return None
    resource = Resource.create({"service.version": version})
    if str(resource.attributes["service.name"]).startswith("unknown_service"):
        resource = resource.merge(Resource({"service.name": "gatelodge"}))
    made = TracerProvider(resource=resource)
    made.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return made


class Tracing:
    """One process's spans; ``surface`` names the part of the product behind a path."""

    def __init__(self, made: TracerProvider, surface: Callable[[str], str]) -> None:
        from opentelemetry import trace  # noqa: PLC0415 - see ``provider``
        from opentelemetry.trace.propagation import tracecontext  # noqa: PLC0415 - see ``provider``

        self._trace = trace
        self._surface = surface
        self._tracer = made.get_tracer("gatelodge")
        self._propagator = tracecontext.TraceContextTextMapPropagator()

    def around(self, app: ASGIApp) -> ASGIApp:
        """Return the application, with a span for each request; a caller's trace goes on."""

        async def traced(scope: Scope, receive: Receive, send: Send) -> None:
            surface = self._surface(scope["path"])
            carried = {
                name.decode(): value.decode("latin-1")
                for name, value in scope["headers"]
                if name in _CONTEXT
            }
            with self._span(
                f"{scope['method']} {surface}",
                {"gatelodge.surface": surface, "http.request.method": scope["method"]},
                kind=self._trace.SpanKind.SERVER,
                context=self._propagator.extract(carried),
            ) as span:
                span.set_attribute("gatelodge.request_id", scope["state"]["request_id"])
                bind_contextvars(trace_id=f"{span.get_span_context().trace_id:032x}")
                await app(scope, receive, self._seeing(span, send))

        return traced

    @contextlib.contextmanager
    def leaving(self, method: str, host: str, send: Send) -> Iterator[tuple[Send, Headers]]:
        """Be in the span of a call to an upstream: yields ``send``, watched, and its headers."""
        about = {"http.request.method": method, "server.address": host}
        with self._span(method, about, kind=self._trace.SpanKind.CLIENT) as span:
            carrier: dict[str, str] = {}
            self._propagator.inject(carrier)
            headers = [(name.encode(), value.encode()) for name, value in carrier.items()]
            yield self._seeing(span, send), headers

    def mark(self) -> object:
        """Return the span that a unit of work is submitted in."""
        return self._trace.get_current_span().get_span_context()

    def batch(self, marks: Sequence[Any], seconds: float) -> None:
        """Make the span of a batch; it is of several requests' traces, to which it links."""
        end = time.time_ns()
        found = {mark.span_id: mark for mark in marks if mark is not None and mark.is_valid}
        span = self._tracer.start_span(
            "database batch",
            kind=self._trace.SpanKind.CLIENT,
            links=[self._trace.Link(mark) for mark in list(found.values())[:_MOST_LINKS]],
            attributes={"gatelodge.units": len(marks)},
            start_time=end - int(seconds * 1e9),
        )
        span.end(end)

    @contextlib.contextmanager
    def _span(self, name: str, about: Mapping[str, str], **more: Any) -> Iterator[Span]:
        # An exception's text may hold what callers sent; the log has it under the request's id.
        with self._tracer.start_as_current_span(
            name,
            attributes=about,
            record_exception=False,
            set_status_on_exception=False,
            **more,
        ) as span:
            try:
                yield span
            except BaseException as error:
                span.set_attribute("error.type", type(error).__name__)
                span.set_status(self._trace.StatusCode.ERROR)
                raise

    def _seeing(self, span: Span, send: Send) -> Send:
        async def seen(message: Message) -> None:
            if message["type"] == "http.response.start":
                span.set_attribute("http.response.status_code", message["status"])
                if message["status"] >= _FAILED:
                    span.set_status(self._trace.StatusCode.ERROR)
            await send(message)

        return seen


Headers = list[tuple[bytes, bytes]]


def replaced(headers: Headers, ours: Headers) -> Headers:
    """Return a call's headers with this trace's context in the place of the caller's."""
    return [*(one for one in headers if one[0].lower() not in _CONTEXT), *ours]
