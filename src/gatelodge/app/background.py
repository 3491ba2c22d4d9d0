"""What a node does by itself, time and again."""

from contextlib import AbstractAsyncContextManager

from gatelodge import jobs
from gatelodge.app import machines
from gatelodge.app.audit_seals import dropping, sealing
from gatelodge.app.core import Core
from gatelodge.authserver.context import Context
from gatelodge.gateway.usage import Usage
from gatelodge.jobs import Job
from gatelodge.web import clock


def work(core: Core, shared: Context, usage: Usage) -> AbstractAsyncContextManager[None]:
    """Do the work of a node, each part when it is due, for the length of a block."""
    table = jobs.table(
        core.store,
        core.live,
        usage.flush,
        clock.certain,
        core.keep_signing_keys,
        core.secret_uses.flush,
    )
    # Short: who signs out expects the applications to follow before they leave the desk.
    told = machines.back_channel(core, shared)
    telling = Job(name="deliver_logouts", every=2, run=told.deliver)
    renewing = Job(name="renew_node", every=60, run=core.renew_node)
    mailing = Job(name="send_mail", every=2, run=core.post.send_due)
    return jobs.running([*table, renewing, telling, mailing, sealing(core), dropping(core)])
