"""Traefik 3, by its middleware ForwardAuth."""

import re
from typing import Any

import yaml

from gatelodge.gateway.offload import front as names
from gatelodge.gateway.offload.front import Front
from gatelodge.gateway.offload.places import Place, Way

_HEAD = """\
# Made by `gatelodge gateway config --for traefik`, for Traefik's file provider.
# Make it again when an API is published or withdrawn or its upstreams change: until then calls of
# a new upstream are refused (503), never sent elsewhere.
# Traefik chooses where a call goes before it asks. APIs with a sandbox are therefore left to
# Gatelodge itself, which knows by the key which of the two is meant.
"""
_ONE = 1
_ONLY_OURS = "^X-Gatelodge-|[^A-Za-z0-9-]"
"""Headers no caller can send: ours, and what a CGI-like upstream might take for others."""

_REPLACED = "X-Replaced-Path"
"""Traefik tells upstreams the path it has replaced."""


def configuration(front: Front) -> str:
    """Return a dynamic configuration."""
    highest = len(front.places) + 2
    http: dict[str, Any] = {
        "routers": {
            "gatelodge": _router(front, "", "gatelodge", 1),
            "gatelodge-closed": _router(front, " && PathPrefix(`/gate/`)", "gatelodge", highest + 1)
            | {"middlewares": ["gatelodge-closed"]},
            # Preflights are answered there.
            "gatelodge-options": _router(front, " && Method(`OPTIONS`)", "gatelodge", highest),
        },
        "middlewares": {
            # Nobody has an address in this network (RFC 5737).
            "gatelodge-closed": {
                "ipAllowList": {"sourceRange": ["192.0.2.0/32"], "rejectStatusCode": 404}
            },
            "gatelodge-headers": {"headers": _headers()},
        },
        "services": {"gatelodge": _service(f"http://{front.gatelodge}", pass_host=True)},
    }
    for priority, place in enumerate(reversed(front.places), 2):
        _put(http, front, place, priority)
    return _HEAD + yaml.safe_dump({"http": http}, sort_keys=False, width=100)


def _put(http: dict[str, Any], front: Front, place: Place, priority: int) -> None:
    below = f"{re.escape(place.path)}"
    rule = f" && PathRegexp(`^{below}(?:/|$)`)"
    # No context has a tilde: two paths never share a name.
    name = f"gatelodge{place.path.replace('/', '~')}"
    if len(place.ways) != _ONE or place.ways[0].environment != "production":
        http["routers"][name] = _router(front, rule, "gatelodge", priority)
        return
    way = place.ways[0]
    check, path = f"{name}-check", f"{name}-path"
    http["routers"][name] = _router(front, rule, way.name, priority) | {
        "middlewares": [check, path, "gatelodge-headers"]
    }
    http["middlewares"][check] = {"forwardAuth": _check(front, way)}
    http["middlewares"][path] = {
        "replacePathRegex": {"regex": f"^{below}/?(.*)$", "replacement": f"{way.base}/$1"}
    }
    http["services"][way.name] = _service(way.url, pass_host=False)


def _check(front: Front, way: Way) -> dict[str, Any]:
    return {
        "address": f"http://{front.gatelodge}/gate/check?route={way.route}",
        "trustForwardHeader": False,
        "authResponseHeaders": list(names.TOLD),
        "authResponseHeadersRegex": _ONLY_OURS,
    }


def _headers() -> dict[str, Any]:
    """An empty value removes a header."""
    unsaid = (*names.OURS, *names.NOT_FOR_CALLER)
    return {
        "customRequestHeaders": dict.fromkeys((*names.UNTOLD, _REPLACED), "")
        | {"Via": "1.1 gatelodge"},
        "customResponseHeaders": dict.fromkeys(unsaid, "")
        | dict(names.CORS)
        | {"X-Content-Type-Options": "nosniff"},
    }


def _router(front: Front, rule: str, service: str, priority: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "rule": f"Host(`{front.host}`){rule}",
        "service": service,
        "priority": priority,
    }
    return found | ({"tls": {}} if front.secure else {})


def _service(url: str, *, pass_host: bool) -> dict[str, Any]:
    return {"loadBalancer": {"servers": [{"url": url}], "passHostHeader": pass_host}}
