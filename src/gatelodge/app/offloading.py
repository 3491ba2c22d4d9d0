"""What proxies in front ask when they carry calls to upstreams themselves."""

from collections.abc import Mapping

from gatelodge import proxies
from gatelodge.app.core import Core
from gatelodge.gateway.asked import CHECK
from gatelodge.gateway.forward_auth import Faults, ForwardAuth
from gatelodge.gateway.gate import Gate
from gatelodge.web import clock, sealing
from gatelodge.web.from_proxies import from_proxies
from gatelodge.web.http import ASGIApp, Reply
from gatelodge.web.sealing import BadSeal

FAULT = "/gate/fault"
_PURPOSE = "fault"
_LIFETIME = 60


def forward_auth(core: Core, gate: Gate) -> Mapping[str, ASGIApp]:
    """Return the endpoints for trusted proxies by path."""
    trusted = proxies.networks(core.settings.trusted_proxies)

    def seal(reply: Reply) -> str:
        return sealing.seal(core.secrets, _PURPOSE, reply, clock.now() + _LIFETIME)

    def unseal(text: str) -> Reply:
        try:
            return sealing.unseal(core.secrets, _PURPOSE, text, Reply, clock.now())
        except BadSeal as error:
            raise ValueError from error

    return {
        CHECK: from_proxies(ForwardAuth(gate, seal, clock.now), trusted),
        FAULT: from_proxies(Faults(gate, unseal, clock.now), trusted),
    }
