"""Numbers for Prometheus: what requests came to, and how the parts they wait for stand.

Labels are bounded whatever callers send: a surface of ours and a status, never a path, a key or
a person. What the parts count by themselves is read when somebody asks, so that counting costs
requests nothing.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping
from itertools import accumulate

import msgspec
from prometheus_client import CollectorRegistry, Gauge, ProcessCollector
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from gatelodge.web.http import ASGIApp, Receive, Reply, Request, Scope, Send
from gatelodge.web.observed import observed

CONTENT_TYPE = b"text/plain; version=1.0.0; charset=utf-8"
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """A number that a part keeps by itself; one that only grows ``counts``."""

    name: str
    text: str
    read: Callable[[], float]
    counts: bool = False


Labels = tuple[str, ...]


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers that a part keeps by itself and that only grow, one for each set of labels."""

    name: str
    text: str
    labels: Labels
    read: Callable[[], Mapping[Labels, int]]


class _Times:
    """How long one surface's answers took: a count for each bucket, and the sum in seconds."""

    __slots__ = ("buckets", "seconds")

    def __init__(self) -> None:
        self.buckets = [0] * (len(_BUCKETS) + 1)
        self.seconds = 0.0

    def cumulated(self) -> list[tuple[str, float]]:
        bounds = [*map(str, _BUCKETS), "+Inf"]
        return list(zip(bounds, map(float, accumulate(self.buckets)), strict=True))


class Measures(Collector):
    """One process's numbers; ``surface`` names the part of the product behind a path.

    Requests are counted in plain numbers by the loop's one thread: the library's own counters take
    a lock for each step, which the hot paths would feel.
    """

    def __init__(self, surface: Callable[[str], str], version: str) -> None:
        self._surface = surface
        self._requests: defaultdict[tuple[str, int], int] = defaultdict(int)
        self._times: defaultdict[str, _Times] = defaultdict(_Times)
        self._in_flight = 0
        self._readings: list[Reading] = []
        self._tallies: list[Tally] = []
        self._probes: dict[str, Callable[[], Awaitable[object]]] = {}
        self._registry = CollectorRegistry()
        self._registry.register(self)
        ProcessCollector(registry=self._registry)
        self._up = Gauge(
            "gatelodge_up", "Whether a part answers, asked now.", ("part",), registry=self._registry
        )
        build = Gauge("gatelodge_build", "What runs.", ("version",), registry=self._registry)
        build.labels(version).set(1)

    def collect(self) -> Iterator[Metric]:
        """Yield what was counted here and what parts have counted."""
        requests = CounterMetricFamily(
            "gatelodge_requests",
            "Requests by the part of the product that answered; status 0: the caller went away.",
            labels=("surface", "status"),
        )
        for (surface, status), count in self._requests.items():
            requests.add_metric((surface, str(status)), count)
        times = HistogramMetricFamily(
            "gatelodge_request_seconds",
            "From a request's headers to the end of its answer.",
            labels=("surface",),
        )
        for surface, one in self._times.items():
            times.add_metric((surface,), one.cumulated(), one.seconds)
        in_flight = GaugeMetricFamily(
            "gatelodge_requests_in_flight", "Requests being answered.", value=self._in_flight
        )
        yield from (requests, times, in_flight)
        for reading in self._readings:
            family = CounterMetricFamily if reading.counts else GaugeMetricFamily
            yield family(reading.name, reading.text, value=reading.read())
        for tally in self._tallies:
            counted = CounterMetricFamily(tally.name, tally.text, labels=tally.labels)
            for labels, count in tally.read().items():
                counted.add_metric(labels, count)
            yield counted

    def read(self, *readings: Reading) -> None:
        """Show further numbers."""
        self._readings.extend(readings)

    def tally(self, *tallies: Tally) -> None:
        """Show further numbers that have labels."""
        self._tallies.extend(tallies)

    def probe(self, part: str, ask: Callable[[], Awaitable[object]]) -> None:
        """Say with every answer whether a part answers; ``ask`` raises when it does not."""
        self._probes[part] = ask

    def around(self, app: ASGIApp) -> ASGIApp:
        """Return the application, measured."""
        observing = observed(app, self._note)

        def measured(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
            self._in_flight += 1
            return observing(scope, receive, send)

        return measured

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        self._in_flight -= 1
        surface = self._surface(scope["path"])
        self._requests[surface, status] += 1
        times = self._times[surface]
        times.buckets[bisect_left(_BUCKETS, seconds)] += 1
        times.seconds += seconds

    async def answer(self, _: Request) -> Reply:
        """Answer Prometheus."""
        for part, ask in self._probes.items():
            self._up.labels(part).set(await _answers(ask))
        headers = ((b"content-type", CONTENT_TYPE), (b"cache-control", b"no-store"))
        return Reply(200, generate_latest(self._registry), headers)


async def _answers(ask: Callable[[], Awaitable[object]]) -> bool:
    try:
        await ask()
    except Exception:  # noqa: BLE001 - whatever it is, the part does not answer
        return False
    return True
