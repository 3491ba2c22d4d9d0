"""The periodic jobs: what each removes, and that one that fails does not end the others."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from gatelodge import jobs
from gatelodge import settings as configuration
from gatelodge.app.audit_seals import dropping
from gatelodge.app.core import Core
from gatelodge.jobs import Job
from gatelodge.oauth.refresh import RefreshToken
from gatelodge.operations import audit_chain
from gatelodge.storage import audit, changes, refresh_tokens, revocations
from gatelodge.storage.engine import Store
from gatelodge.storage.errors import StoreUnavailable
from gatelodge.storage.ids import first_at
from gatelodge.storage.live import Live
from gatelodge.storage.loading import LOADERS
from gatelodge.web import clock

NOW = 1_800_000_000
YEAR = 365 * 86_400


class Installation:
    """A store with its caches, and a clock that the test sets."""

    def __init__(self, store: Store, live: Live) -> None:
        self.store = store
        self.live = live
        self.now = NOW
        self.flushes = 0

    def table(self) -> Sequence[Job]:
        """Return the jobs of this installation."""

        async def flush() -> None:
            self.flushes += 1

        return jobs.table(self.store, self.live, flush, lambda: self.now, flush, flush)

    async def run(self, table: Sequence[Job], name: str) -> None:
        """Run one job once."""
        await next(job for job in table if job.name == name).run()


@pytest.fixture
async def installation(database_url: str) -> AsyncIterator[Installation]:
    """An empty installation."""
    store = await Store.open(database_url)
    live = Live(store, LOADERS)
    await live.start(NOW)
    yield Installation(store, live)
    await live.stop()
    await store.close()


async def test_tokens_go_once_no_lifetime_could_reach_them(installation: Installation) -> None:
    """A refresh token stays while it could matter, and is removed a year later."""
    row = RefreshToken(
        id=installation.store.ids.next(),
        digest=b"d" * 32,
        family_id=1,
        client_row=1,
        user_id=1,
        scope="openid",
        auth_time=NOW,
        amr="pwd",
        issued_at=NOW,
        expires_at=NOW + 60,
    )
    await installation.store.act(refresh_tokens.save, row)
    installation.now = 0

    await installation.run(installation.table(), "drop_expired")
    assert await installation.store.read(refresh_tokens.find, row.id) == row

    installation.now = NOW + YEAR
    await installation.run(installation.table(), "drop_expired")
    assert await installation.store.read(refresh_tokens.find, row.id) is None


async def test_changes_go_after_every_node_has_read_them(installation: Installation) -> None:
    """The second run removes what the first one saw, but no revocation that is in force."""
    await installation.store.write(changes.append, "user", 1)
    await installation.store.write(revocations.revoke_family, 2, NOW + 60)
    table = installation.table()

    await installation.run(table, "forget_changes")
    assert len(await installation.store.read(changes.since, 0)) == 2

    await installation.run(table, "forget_changes")
    assert [change.ref for change in await installation.store.read(changes.since, 0)] == [2]


async def test_memory_forgets_revocations_that_ran_out(installation: Installation) -> None:
    """A family's end is forgotten when none of its tokens can be alive."""
    await installation.store.write(revocations.revoke_family, 2, NOW + 60)
    table = installation.table()

    def refused() -> bool:
        return installation.live.revoked(access_token_id=1, family_id=2, client_row=1, user_id=None)

    await installation.run(table, "forget_revocations")
    assert refused()
    installation.now = NOW + 60
    await installation.run(table, "forget_revocations")
    assert not refused()


@pytest.mark.parametrize("error", [StoreUnavailable("away"), ValueError("one bad row")])
async def test_a_job_that_fails_runs_again(error: Exception) -> None:
    """Whatever made a job fail, the database or one bad row, it is logged and the next turn comes.

    Otherwise whoever gets one such row stored ends everybody's mail, or every revocation's end.
    """
    turns: asyncio.Queue[int] = asyncio.Queue()

    async def fails() -> None:
        turns.put_nowait(1)
        raise error

    async with jobs.running([Job(name="fails", every=0.001, run=fails)]):
        for _ in range(3):
            await asyncio.wait_for(turns.get(), 30)


@pytest.mark.parametrize(("months", "left"), [(24, 1), (0, 2)])
async def test_old_lines_of_the_activity_log_go(
    installation: Installation, tmp_path: Path, months: int, left: int
) -> None:
    """After as many months as the operator says; with 0 all are kept."""
    settings = configuration.read(None, data_dir=tmp_path, audit_months=months)
    secrets, store, now = configuration.load_secrets(settings), installation.store, clock.now()
    core = SimpleNamespace(settings=settings, secrets=secrets, store=store)
    for days in (725, 1):
        at = now - days * 86_400
        line = audit.Event(
            id=first_at(at),
            at=at,
            actor_kind="operator",
            actor_id=None,
            actor_name="me",
            address="",
            act="thing.change",
            object_kind="thing",
            object_id=7,
            detail={},
        )
        await store.write(audit.record, line)
    await store.write(audit_chain.seal_new, audit_chain.seal_key(secrets))
    await dropping(cast("Core", core)).run()
    assert len(await store.read(audit.of_object, "thing", 7)) == left
