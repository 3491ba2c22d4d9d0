"""Forward authentication: a proxy asks whether a call may pass, and carries it itself.

The decision, its counting and its faults are the gateway's own. An answer of 200 holds the headers
the upstream must be told, and two for the proxy: ``X-Gatelodge-Route`` names the API and the
environment, ``X-Gatelodge-Target`` is what to ask the upstream for. A proxy that obeys them sends
exactly what was checked, however it reads paths itself.
"""

from collections.abc import Callable

import structlog

from gatelodge.gateway import headers
from gatelodge.gateway.asked import Question, question
from gatelodge.gateway.call import Call
from gatelodge.gateway.errors import NotAvailable, OtherRoute, WrongVerb
from gatelodge.gateway.gate import PUBLIC, Gate, Preflight
from gatelodge.gateway.upstreams.address import parse_upstream
from gatelodge.web.clock import Clock
from gatelodge.web.http import Headers, Receive, Reply, Scope, Send

_log = structlog.get_logger(__name__)

_REQUEST_ID = b"x-request-id"
"""Stands on every answer of ours anyway."""


def route(api_id: int, environment: str) -> str:
    """Return the name of the way to an API's upstream for keys of an environment."""
    return f"{api_id}-{environment}"


class ForwardAuth:
    """Answers ``/gate/check``, to proxies only.

    Asked with ``?refuse=403`` every refusal is a 403 whose fault is in a header: nginx understands
    401 and 403 alone and drops the body. Asked with ``?route=ROUTE`` it refuses a call that belongs
    on another, for proxies that choose where a call goes before they ask.
    """

    def __init__(self, gate: Gate, seal: Callable[[Reply], str], clock: Clock) -> None:
        self._gate = gate
        self._seal = seal
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one question."""
        del receive
        asked = Question(scope)
        call = Call(scope, send, self._clock())
        try:
            asked = question(scope)
            call.scope = asked.scope
            await call.reply(Reply(200, b"", await self._pass(call, asked)))
        except Exception as error:
            if call.status:
                raise
            await self._refuse(call, asked, error)
        finally:
            self._gate.count(call)

    async def _pass(self, call: Call, asked: Question) -> Headers:
        match, upstream = await self._gate.decide(call)
        base = parse_upstream(upstream).base
        environment = PUBLIC if call.caller is None else call.caller.client.environment
        found = route(match.resource.api.id, environment)
        if asked.route not in {"", found}:
            _log.error("proxy_has_other_route", asked=asked.route, route=found)
            raise OtherRoute
        target = base + match.target(call.scope["query_string"])
        told = (header for header in call.told() if header[0] != _REQUEST_ID)
        return (*told, (headers.ROUTE, found.encode()), (headers.TARGET, target))

    async def _refuse(self, call: Call, asked: Question, error: Exception) -> None:
        if isinstance(error, Preflight) and not asked.by_header:
            # An answer of 204 would let it through to the upstream.
            error = WrongVerb(error.allow)
        reply = await self._gate.refusal(call, error)
        if not asked.by_header:
            await call.reply(reply)
            return
        whole = Reply(reply.status, reply.body, (*reply.headers, *call.more))
        await call.reply(Reply(403, b"", ((headers.FAULT, self._seal(whole).encode()),)))
        call.status = reply.status


class Faults:
    """Answers ``/gate/fault`` with the refusal that a proxy brings back in its header."""

    def __init__(self, gate: Gate, unseal: Callable[[str], Reply], clock: Clock) -> None:
        self._gate = gate
        self._unseal = unseal
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one refused call; without a refusal of ours nobody could check it."""
        del receive
        call = Call(scope, send, self._clock())
        sealed = b"".join(value for name, value in scope["headers"] if name == headers.FAULT)
        try:
            reply = self._unseal(sealed.decode("latin-1"))
            call.more = ()
        except ValueError:
            reply = await self._gate.refusal(call, NotAvailable())
        await call.reply(reply)
