"""Counts of calls while they cannot be written."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gatelodge.gateway import usage
from gatelodge.gateway.usage import Usage
from gatelodge.storage.engine import Store
from gatelodge.storage.usage import total

NOW, API, MOST = 1_800_000_000, 31, 3


async def test_kinds_of_calls_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kinds that are known are counted on, further ones are given up, and the log says so once."""
    monkeypatch.setattr(usage, "MOST_KINDS", MOST)
    store = await Store.open(f"sqlite:///{tmp_path / 'gatelodge.db'}")
    counts = Usage(store)
    for application_id in (*range(1, 10), 1):
        counts.count(
            NOW, application_id=application_id, api_id=API, environment="production", status=200
        )
    assert counts.waiting == MOST

    with capture_logs() as lines:
        await counts.flush()
        await counts.flush()

    assert await store.read(total, API, 0) == MOST + 1
    assert [(line["event"], line["calls"]) for line in lines] == [("usage_lost", 6)]
    await store.close()
