"""The job that seals the activity log of a running node, and keeps its head beside the secret."""

import structlog

from gatelodge.app.core import Core
from gatelodge.jobs import Job
from gatelodge.operations import audit_chain
from gatelodge.operations.actor import Act, Actor
from gatelodge.operations.audit_chain import Broken
from gatelodge.storage import audit, audit_head
from gatelodge.web import clock

_MONTH = 30 * 86_400
_log = structlog.get_logger(__name__)


def sealing(core: Core) -> Job:
    """Return the job; of several nodes one at a time does it.

    The head is kept in the data directory, where whoever can only write to the database cannot
    reach it: a log that no longer holds it is not sealed on, and the operator is told.
    """
    key, folder = audit_chain.seal_key(core.secrets), core.settings.data_dir

    async def seal() -> None:
        if not await core.store.read(audit.waiting):
            return
        head = audit_head.read(folder)
        try:
            kept = audit_chain.read_head(head)
            found = await core.store.write(audit_chain.seal_new, key, kept)
        except (Broken, ValueError) as error:
            _log.error("audit_log_falsified", cause=str(error), head=head, kept_in=str(folder))
            return
        try:
            audit_head.keep(folder, str(found))
        except OSError as error:
            _log.warning("audit_head_not_kept", cause=str(error))

    return Job(name="seal_audit", every=1, run=seal)


def dropping(core: Core) -> Job:
    """Return the job that drops what is older than the operator wants to keep."""
    key, kept = audit_chain.seal_key(core.secrets), core.settings.audit_months * _MONTH

    async def drop() -> None:
        if not kept:
            return
        now = clock.certain()
        act = Act(actor=Actor(kind="system", name="audit"), now=now, ids=core.store.ids)
        try:
            last = await core.store.write(audit_chain.drop_old, act, key, kept)
        except Broken as error:
            _log.error("audit_log_falsified", cause=str(error))
            return
        if last is not None:
            _log.info("audit_lines_dropped", last=last.number, written_at=last.at)

    return Job(name="drop_audit", every=3600, run=drop)
