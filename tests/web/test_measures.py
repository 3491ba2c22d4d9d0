"""Numbers for Prometheus: counted by surface and status, read from parts, alerts that can fire."""

import contextlib
import re
import socket
from pathlib import Path

import httpx2
import yaml
from prometheus_client.parser import text_string_to_metric_families

from gatelodge.web.http import Receive, Request, Scope, Send
from gatelodge.web.measures import Measures, Reading
from tests import serving
from tests.authserver.asgi import call
from tests.flows.signing_in import by_password
from tests.security.attacking import API, DEMO, bearer

ALERTS = Path(__file__).parents[2] / "deploy/prometheus/alerts.yaml"
FAMILY = re.compile(r"gatelodge_\w+")


async def _told(measures: Measures) -> dict[str, float]:
    """Return every sample by name and labels."""
    text = (await measures.answer(Request({}, _nothing))).body.decode()
    return _samples(text)


def _samples(text: str) -> dict[str, float]:
    return {
        " ".join((sample.name, *_labels(sample.labels))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def _labels(labels: dict[str, str]) -> list[str]:
    return [labels[name] for name in sorted(labels, reverse=True)]


async def _nothing() -> dict[str, object]:
    return {}


async def test_requests_are_counted_by_surface_and_status() -> None:
    """One that failed or was left counts with status 0; none stays in flight."""

    async def teapot(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 418, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def broken(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise ConnectionResetError

    measures = Measures(lambda _path: "pages", "1.2")
    await call(measures.around(teapot), "GET")
    with contextlib.suppress(ConnectionResetError):
        await call(measures.around(broken), "GET")
    told = await _told(measures)
    assert told["gatelodge_requests_total pages 418"] == 1
    assert told["gatelodge_requests_total pages 0"] == 1
    assert told["gatelodge_request_seconds_count pages"] == 2
    assert told["gatelodge_requests_in_flight"] == 0
    assert told["gatelodge_build 1.2"] == 1


async def test_parts_are_asked_when_somebody_looks() -> None:
    """Their own counts are shown as they are; what raises does not answer."""

    async def well() -> None:
        return None

    async def away() -> None:
        raise OSError

    measures = Measures(str, "1")
    measures.read(Reading(name="waiting", text="Waiting.", read=lambda: 7))
    measures.read(Reading(name="done", text="Done.", read=lambda: 9, counts=True))
    measures.probe("database", well)
    measures.probe("valkey", away)
    told = await _told(measures)
    assert (told["waiting"], told["done_total"]) == (7, 9)
    assert (told["gatelodge_up database"], told["gatelodge_up valkey"]) == (1, 0)


async def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    """The server does not start without the numbers it was asked for, and says why in a line."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        environment = {"GATELODGE_OPERATOR_ADDRESS": address}
        async with serving.serving(tmp_path / "data", environment=environment) as server:
            code = await server.process.wait()
    assert code == 1
    assert "It could not start: operator_address: Cannot listen on" in server.printed()
    assert "Traceback" not in server.printed()


async def test_an_operator_sees_a_server_at_work(tmp_path: Path) -> None:
    """On a port of its own, with nothing of callers in it; the public port shows nothing."""
    port = serving.free_port()
    environment = {"GATELODGE_OPERATOR_ADDRESS": f"127.0.0.1:{port}"}
    async with (
        serving.serving(tmp_path / "data", "--demo", environment=environment) as server,
        httpx2.AsyncClient(base_url=server.base_url, timeout=30) as http,
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as operator,
    ):
        access_token = (await by_password(http)).json()["access_token"]
        assert (await http.get(API, headers=bearer(access_token))).status_code == 200
        assert (
            await http.post("/oauth2/token", auth=DEMO, data={"grant_type": "x"})
        ).status_code == 400
        assert (await http.get("/metrics")).status_code == 404
        assert (await operator.get("/login")).status_code == 404
        assert (await operator.post("/metrics")).status_code == 405
        answer = await operator.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    told = _samples(answer.text)
    assert told["gatelodge_requests_total token 200"] == 1
    assert told["gatelodge_requests_total token 400"] == 1
    assert told["gatelodge_requests_total gateway 200"] == 1
    assert told["gatelodge_tokens_issued_total password"] == 1
    assert told["gatelodge_sign_ins_total right user"] == 1
    assert told["gatelodge_gateway_calls_total 2xx /provisioning/v1"] == 1
    assert told["gatelodge_writes_total"] >= told["gatelodge_write_batches_total"] > 0
    assert told["gatelodge_up database"] == 1
    assert told["process_resident_memory_bytes"] > 0
    assert access_token not in answer.text
    used = {
        name
        for group in yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
        for rule in group["rules"]
        for name in FAMILY.findall(rule["expr"])
    }
    assert used
    page = (ALERTS.parents[2] / "docs/guides/seeing-inside.md").read_text(encoding="utf-8")
    names = {re.sub(r"_(count|sum|bucket)$", "", name.split()[0]) for name in told}
    ours = {n for n in names if n.startswith("gatelodge_") and not n.endswith("_created")}
    assert ours == set(FAMILY.findall(page))
    assert used <= {sample.partition(" ")[0] for sample in told}
