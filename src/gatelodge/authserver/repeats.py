"""Notices clients that send the same ``code_challenge`` or ``nonce`` for two sign-ins.

Both must be made anew for each transaction (RFC 9700 section 2.1.1): a constant one protects
nobody. It is told in the log and not refused, because a page that is loaded again repeats them
rightly: with the same ``state`` in the same session it counts as the same transaction.
"""

from collections import OrderedDict
from collections.abc import Iterator
from hashlib import blake2b

import structlog

from gatelodge.identity.sessions import Session
from gatelodge.oauth.authorization import AuthorizationRequest
from gatelodge.oauth.clients import Client

MOST = 4096
"""So many values are remembered; what is constant comes again before it is forgotten."""
_DIGEST_BYTES = 16

_log = structlog.get_logger(__name__)


class Repeats:
    """Remembers, on this node, digests of the values that codes were issued for lately."""

    def __init__(self) -> None:
        self._seen: OrderedDict[bytes, bytes] = OrderedDict()

    def watch(self, client: Client, request: AuthorizationRequest, session: Session) -> None:
        """Take down what a request brought; warn the operator of what another one has brought."""
        transaction = _digest(f"{session.id} {request.state!r}")
        for name, value in _values(request):
            before = self._seen.setdefault(_digest(f"{client.id} {name} {value}"), transaction)
            if before != transaction:
                _log.warning("value_repeated", client_id=client.client_id, parameter=name)
        while len(self._seen) > MOST:
            self._seen.popitem(last=False)


def _values(request: AuthorizationRequest) -> Iterator[tuple[str, str]]:
    if request.code_challenge is not None:
        yield "code_challenge", request.code_challenge
    if request.nonce is not None:
        yield "nonce", request.nonce


def _digest(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=_DIGEST_BYTES).digest()
