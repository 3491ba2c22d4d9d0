"""The activity log of a running server: sealed by itself, and checked by the operator."""

import asyncio
import json
import sqlite3
from pathlib import Path

import httpx2

from tests import serving
from tests.security.attacking import own_application
from tests.security.test_restored import command


async def test_who_changes_the_log_is_found_out(tmp_path: Path) -> None:
    """Lines are sealed within moments, exported with their seals; a change is named by its line."""
    data, requests = tmp_path / "data", set[str]()

    async def note(answer: httpx2.Response) -> None:
        requests.add(answer.headers["x-request-id"])

    async with (
        serving.serving(data, "--demo") as server,
        httpx2.AsyncClient(
            base_url=server.base_url, timeout=30, event_hooks={"response": [note]}
        ) as http,
    ):
        await own_application(http, "Audited")
        async with asyncio.timeout(60):
            while True:
                code, said = await command(data, "audit", "verify", "--json")
                assert code == 0, said
                told = json.loads(said)
                if told["waiting"] == 0 and told["lines"]:
                    break
    assert (data / "audit.head").read_text().strip() == told["head"]
    code, exported = await command(data, "audit", "export")
    lines = [json.loads(line) for line in exported.splitlines()]
    assert [line["number"] for line in lines] == list(range(1, told["lines"] + 1))
    assert any(line["event"]["act"] == "application.create" for line in lines)
    mine = [line["event"] for line in lines if line["event"]["actor_kind"] == "developer"]
    assert {"session.start", "application.create"} <= {event["act"] for event in mine}
    assert {event["request_id"] for event in mine} <= requests
    (made,) = [event for event in mine if event["act"] == "application.create"]
    assert (made.get("before"), made["after"]["name"]) == (None, "Audited")
    listed = (await command(data, "audit", "list"))[1]
    assert made["request_id"] in "".join(listed.split())
    assert "application.create" in (await command(data, "audit", "list", "--json"))[1]
    with sqlite3.connect(data / "gatelodge.db") as database:
        database.execute("UPDATE audit SET actor_name = 'somebody' WHERE seal_no = 2")
    code, said = await command(data, "audit", "verify")
    assert (code, "Line 2:" in said) == (1, True)
    code, said = await command(data, "audit", "verify", "--head", "nothing")
    assert code == 2
