"""What a proxy asks about: the call it has received, read from its question.

Two spellings are understood. ``/gate/check`` with ``X-Forwarded-Method`` and ``X-Forwarded-Uri``:
what Traefik and Caddy send, and nginx when told to. ``/gate/check/...``: the method and the path
of the call itself behind a prefix, as Envoy's HTTP ext_authz asks.
"""

import re
from urllib.parse import parse_qs

import msgspec

from gatelodge.gateway.errors import BadPath, BadQuestion
from gatelodge.web.http import Scope

CHECK = "/gate/check"
"""Where proxies ask."""

_PREFIX = CHECK.encode()
_UNREADABLE = re.compile(rb"[^!-~]|#")
"""What no request target holds (RFC 9112 section 3.2): it might end elsewhere for the proxy."""


class Question(msgspec.Struct, frozen=True):
    """A call as the gateway would have received it, and what the proxy can do with the answer.

    ``route`` is where the proxy has chosen to send the call, empty where it obeys the answer;
    ``by_header``: a refusal reaches its caller in a header only.
    """

    scope: Scope
    route: str = ""
    by_header: bool = False


def question(scope: Scope) -> Question:
    """Read a proxy's question. Raises ``BadQuestion`` and ``BadPath``.

    The headers are the caller's, the proxy's own among them; the body stays with the proxy.
    """
    if scope["path"] != CHECK:
        return Question(_call(scope, scope["method"], _behind_prefix(scope)))
    said = {name: values[-1] for name, values in parse_qs(scope["query_string"].decode()).items()}
    method = _once(scope, b"x-forwarded-method").decode("latin-1")
    call = _call(scope, method, _once(scope, b"x-forwarded-uri"))
    return Question(call, said.get("route", ""), said.get("refuse") == "403")


def _call(scope: Scope, method: str, target: bytes) -> Scope:
    if _UNREADABLE.search(target):
        raise BadPath
    path, _, query = target.partition(b"?")
    return {**scope, "method": method, "raw_path": path, "query_string": query}


def _behind_prefix(scope: Scope) -> bytes:
    raw_path: bytes = scope["raw_path"]
    if not raw_path.startswith(_PREFIX):
        raise BadQuestion
    query: bytes = scope["query_string"]
    return raw_path.removeprefix(_PREFIX) + (b"?" + query if query else b"")


def _once(scope: Scope, name: bytes) -> bytes:
    found = [value for key, value in scope["headers"] if key == name]
    if len(found) != 1 or not found[0]:
        raise BadQuestion
    said: bytes = found[0]
    return said
