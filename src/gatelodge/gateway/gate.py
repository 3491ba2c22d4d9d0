"""Which calls are let through: the one decision behind the gateway and what proxies ask."""

from typing import Literal

import structlog

from gatelodge.gateway import access, faults, headers
from gatelodge.gateway.admission import Admission
from gatelodge.gateway.call import Call
from gatelodge.gateway.callers import Callers
from gatelodge.gateway.errors import Throttled
from gatelodge.gateway.forward import UpstreamFault
from gatelodge.gateway.parts import GateParts
from gatelodge.gateway.routing import Match, Routes
from gatelodge.storage.errors import StoreUnavailable
from gatelodge.storage.live import Catalogue
from gatelodge.web.http import Reply, Scope

_log = structlog.get_logger(__name__)
PUBLIC: Literal["production"] = "production"
"""Where calls go that need no key."""


class Preflight(Exception):
    """Not a call of the API: an OPTIONS that is answered here; ``allow`` names the methods."""

    def __init__(self, allow: bytes) -> None:
        super().__init__()
        self.allow = allow


class Gate:
    """Decides on calls of one tenant, counts them, and words the refusals."""

    def __init__(self, parts: GateParts) -> None:
        self._parts = parts
        self._callers = Callers(parts.reader, parts.live, parts.tenant)
        self._admission = Admission(parts.counter)
        self._catalogue: Catalogue | None = None
        self._routes = Routes(parts.tenant, ())

    async def decide(self, call: Call) -> tuple[Match, str]:
        """Let one call through: return what it means and its upstream; ``call`` learns the rest.

        Raises one of ``errors``, ``Preflight``, and ``StoreUnavailable`` where nobody can decide.
        """
        scope = call.scope
        method = scope["method"]
        catalogue = await self._current()
        match = self._routes.match(scope["raw_path"])
        resource = match.resource
        if method == "OPTIONS" and _is_ours(match, scope):
            raise Preflight(resource.allow)
        operation = resource.operation(method)
        api = call.api = resource.api
        call.base = match.base
        if operation.audience == "none":
            return match, access.upstream(api, PUBLIC)
        caller = call.caller = await self._callers.identify(scope["headers"], call.now)
        upstream, standing = await self._admission.admit(
            api, operation, caller, catalogue.plans, call.now
        )
        call.more = (*headers.CORS, *standing)
        return match, upstream

    async def refusal(self, call: Call, error: Exception) -> Reply:
        """Return the answer to a call that was not let through, without ``call.more``."""
        if isinstance(error, Preflight):
            return Reply(204, b"", headers.preflight(error.allow))
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
        return faults.reply(refused, self._parts.fault_format, metadata)

    def count(self, call: Call) -> None:
        """Count a call that has ended, if it was one of an API."""
        if call.api is None:
            return
        caller = call.caller
        self._parts.usage.count(
            call.now,
            application_id=0 if caller is None else caller.application.id,
            api_id=call.api.id,
            environment=PUBLIC if caller is None else caller.client.environment,
            status=call.status,
        )

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


def _is_ours(match: Match, scope: Scope) -> bool:
    """Say whether an OPTIONS is answered here: a preflight, or the API has no such operation."""
    if "OPTIONS" not in match.resource.operations:
        return True
    return headers.asks_leave(scope["headers"])
