"""The way of a call through the gateway, as a recipe; every step is a module beside this one."""

from collections.abc import Sequence

from gatelodge.gateway import headers
from gatelodge.gateway.call import Call
from gatelodge.gateway.forward import AnswerCut, CallerGone, Forwarder, UpstreamRequest
from gatelodge.gateway.gate import Gate
from gatelodge.gateway.routing import Match
from gatelodge.web.clock import Clock
from gatelodge.web.http import Receive, Scope, Send

_GONE = 499


class Gateway:
    """The gateway of one tenant, as an ASGI application for HTTP."""

    def __init__(self, gate: Gate, forwarder: Forwarder, clock: Clock) -> None:
        self._gate = gate
        self._forwarder = forwarder
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one call through, or refuse it."""
        call = Call(scope, send, self._clock())
        try:
            match, upstream = await self._gate.decide(call)
            await self._forwarder.send(upstream, _request(call, match), receive, call)
        except CallerGone:
            call.status = _GONE
        except AnswerCut:
            raise
        except Exception as error:
            if call.status:
                raise
            await call.reply(await self._gate.refusal(call, error))
        finally:
            self._gate.count(call)


def _request(call: Call, match: Match) -> UpstreamRequest:
    scope = call.scope
    return UpstreamRequest(
        method=scope["method"].encode(),
        target=match.target(scope["query_string"]),
        headers=headers.for_upstream(scope["headers"], _ours(call)),
        body=headers.framing(scope["headers"]),
        scope={**scope, "root_path": match.base.decode()},
    )


def _ours(call: Call) -> Sequence[headers.Header]:
    scope = call.scope
    address = (scope.get("client") or ("",))[0]
    where = headers.forwarded(address, scope["scheme"], scope["headers"])
    return [headers.VIA, *where, *call.told()]
