"""The management API put together from what a node has."""

from collections.abc import Callable

from gatelodge.management import account, applications, catalogue, subscriptions
from gatelodge.management.application import Management
from gatelodge.management.callers import Callers
from gatelodge.management.idempotency import Answers
from gatelodge.management.keys import Keys, Mint
from gatelodge.oauth import digests
from gatelodge.settings import Secrets
from gatelodge.storage.engine import Store
from gatelodge.web.clock import Clock


def build(
    store: Store,
    secrets: Secrets,
    issuer: str,
    mint: Mint,
    note: Callable[[int, int], None],
    clock: Clock,
) -> Management:
    """Return the application; ``mint`` as in ``keys``, ``note`` as in ``callers``."""
    callers = Callers(store, secrets.derive(digests.PERSONAL_TOKEN), note, clock)
    keys = Keys(store, secrets.derive(digests.CONSUMER_SECRET), mint)
    operations = (
        *account.OPERATIONS,
        *applications.OPERATIONS,
        *keys.operations(),
        *subscriptions.OPERATIONS,
        *catalogue.OPERATIONS,
    )
    return Management(operations, store, callers, Answers(store, secrets, clock), issuer)
