"""What the gate is made of."""

from collections.abc import Callable

import msgspec

from gatelodge.gateway.faults import FaultFormat
from gatelodge.gateway.shared_limits import Counter, OwnLimits
from gatelodge.gateway.usage import Usage
from gatelodge.operations.presented_tokens import AccessTokenReader
from gatelodge.storage.live import Live


class GateParts(msgspec.Struct, frozen=True, kw_only=True):
    """The parts the composition root hands over; ``clock`` returns seconds since the epoch.

    ``reader`` and ``live`` must be of the same store.
    """

    tenant: str
    fault_format: FaultFormat
    live: Live
    reader: AccessTokenReader
    usage: Usage
    clock: Callable[[], int]
    counter: Counter = msgspec.field(default_factory=OwnLimits)
