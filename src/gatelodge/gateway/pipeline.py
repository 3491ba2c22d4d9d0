"""The way of a call through the gateway, as a recipe; every step is a module beside this one."""

from collections.abc import Sequence
from typing import Literal

import structlog

from gatelodge.gateway import access, faults, headers
from gatelodge.gateway.admission import Admission
from gatelodge.gateway.call import Call
from gatelodge.gateway.callers import Callers
from gatelodge.gateway.errors import Throttled
from gatelodge.gateway.forward import AnswerCut, CallerGone, UpstreamFault, UpstreamRequest
from gatelodge.gateway.parts import GatewayParts
from gatelodge.gateway.routing import Match, Routes
from gatelodge.storage.errors import StoreUnavailable
from gatelodge.storage.live import Catalogue
from gatelodge.web.http import Receive, Reply, Scope, Send

_log = structlog.get_logger(__name__)
_GONE = 499
_PUBLIC: Literal["production"] = "production"


class Gateway:
    """The gateway of one tenant, as an ASGI application for HTTP."""

    def __init__(self, parts: GatewayParts) -> None:
        self._parts = parts
        self._callers = Callers(parts.reader, parts.live, parts.tenant)
        self._admission = Admission(parts.counter)
        self._catalogue: Catalogue | None = None
        self._routes = Routes(parts.tenant, ())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one call through, or refuse it."""
        call = Call(scope, send, self._parts.clock())
        try:
            await self._pass(call, receive)
        except CallerGone:
            call.status = _GONE
        except AnswerCut:
            raise
        except Exception as error:
            if call.status:
                raise
            await self._refuse(call, error)
        finally:
            self._count(call)

    async def _pass(self, call: Call, receive: Receive) -> None:
        scope = call.scope
        method = scope["method"]
        catalogue = await self._current()
        match = self._routes.match(scope["raw_path"])
        resource = match.resource
        if method == "OPTIONS" and _is_ours(match, scope):
            await call.reply(Reply(204, b"", headers.preflight(resource.allow)))
            return
        operation = resource.operation(method)
        api = call.api = resource.api
        call.base = match.base
        if operation.audience == "none":
            upstream = access.upstream(api, _PUBLIC)
        else:
            caller = call.caller = await self._callers.identify(scope["headers"], call.now)
            upstream, standing = await self._admission.admit(
                api, operation, caller, catalogue.plans, call.now
            )
            call.more = (*headers.CORS, *standing)
        request = _request(call, match)
        await self._parts.forwarder.send(upstream, request, receive, call)

    async def _current(self) -> Catalogue:
        """Return the catalogue the routes are made of, both anew after a change."""
        now = self._parts.live.peek_catalogue()
        known = self._catalogue
        if now is not None and now is known:
            return known
        try:
            now = now or await self._parts.live.catalogue()
        except StoreUnavailable:
            if known is None:
                raise
            # What served before serves on while the database is away.
            return known
        if now is not self._catalogue:
            self._routes = Routes(self._parts.tenant, now.apis)
            self._catalogue = now
        return now

    async def _refuse(self, call: Call, error: Exception) -> None:
        refused = faults.of(error)
        if isinstance(error, UpstreamFault | StoreUnavailable):
            _log.warning("call_failed", request_id=call.request_id, cause=repr(error))
        elif refused is not error:
            _log.error("unexpected_error", request_id=call.request_id, exc_info=error)
        if isinstance(refused, Throttled):
            self._parts.usage.refusals[refused.limit] += 1
        catalogue = self._catalogue
        if call.api is not None and call.caller is not None and catalogue is not None:
            standing = await self._admission.standing(
                call.api, call.caller, catalogue.plans, call.now
            )
            call.more = (*headers.CORS, *standing)
        metadata = call.metadata(self._parts.reader.issuer, self._parts.tenant)
        await call.reply(faults.reply(refused, self._parts.fault_format, metadata))

    def _count(self, call: Call) -> None:
        if call.api is None:
            return
        caller = call.caller
        self._parts.usage.count(
            call.now,
            application_id=0 if caller is None else caller.application.id,
            api_id=call.api.id,
            environment=_PUBLIC if caller is None else caller.client.environment,
            status=call.status,
        )


def _is_ours(match: Match, scope: Scope) -> bool:
    """Say whether an OPTIONS is answered here: a preflight, or the API has no such operation."""
    if "OPTIONS" not in match.resource.operations:
        return True
    return headers.asks_leave(scope["headers"])


def _request(call: Call, match: Match) -> UpstreamRequest:
    scope = call.scope
    query = scope["query_string"]
    target = match.rest or b"/"
    return UpstreamRequest(
        method=scope["method"].encode(),
        target=target + b"?" + query if query else target,
        headers=headers.for_upstream(scope["headers"], _ours(call)),
        body=headers.framing(scope["headers"]),
        scope={**scope, "root_path": match.base.decode()},
    )


def _ours(call: Call) -> Sequence[headers.Header]:
    scope = call.scope
    address = (scope.get("client") or ("",))[0]
    ours = [headers.VIA, *headers.forwarded(address, scope["scheme"], scope["headers"])]
    request_id = call.request_id.encode()
    ours += [(b"x-request-id", request_id), (b"x-gatelodge-request-id", request_id)]
    if call.caller is not None and call.api is not None:
        plan = call.caller.subscriptions[call.api.id].plan
        ours += call.caller.identity
        ours.append((b"x-gatelodge-plan", plan.encode()))
    return ours
