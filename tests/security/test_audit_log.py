"""The activity log of a running server: sealed by itself, and checked by the operator."""

import asyncio
import json
import sqlite3
import tempfile
import time
from pathlib import Path

import httpx2

from gatelodge.storage.audit_schema import audit
from gatelodge.storage.ids import first_at
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
    await _check_export(data, exported, told["head"])
    with sqlite3.connect(data / "gatelodge.db") as database:
        table = audit.part(first_at(int(time.time()))).name
        database.execute(f"UPDATE {table} SET actor_name = 'somebody' WHERE seal_no = 2")  # noqa: S608 - our name
    code, said = await command(data, "audit", "verify")
    assert (code, "Line 2:" in said) == (1, True)
    code, said = await command(data, "audit", "verify", "--head", "nothing")
    assert code == 2


async def _check_export(data: Path, text: str, head: str) -> None:
    """Check a file without its database: as it was written, and cut off; not without the secret."""
    check = ("audit", "verify", "--file", "log.jsonl")
    with tempfile.TemporaryDirectory() as folder:
        offline = Path(folder)
        (offline / "log.jsonl").write_text(text)
        code, said = await command(offline, *check)
        assert (code, "secret" in said) == (1, True)
        assert not (offline / "secret.key").exists()
        (offline / "secret.key").write_bytes((data / "secret.key").read_bytes())
        (offline / "secret.key").chmod(0o600)
        code, said = await command(offline, *check, "--json")
        assert (code, json.loads(said)["head"]) == (0, head), said
        (offline / "log.jsonl").write_text("\n".join(text.splitlines()[:-1]))
        code, said = await command(offline, *check, "--head", head)
        assert (code, "the log ends here" in said) == (1, True)
