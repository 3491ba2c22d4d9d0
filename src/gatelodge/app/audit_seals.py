"""The job that seals the activity log of a running node."""

from gatelodge.app.core import Core
from gatelodge.jobs import Job
from gatelodge.operations import audit_chain
from gatelodge.storage import audit


def sealing(core: Core) -> Job:
    """Return the job; of several nodes one at a time does it."""
    key = audit_chain.seal_key(core.secrets)

    async def seal() -> None:
        if await core.store.read(audit.waiting):
            await core.store.write(audit_chain.seal_new, key)

    return Job(name="seal_audit", every=1, run=seal)
