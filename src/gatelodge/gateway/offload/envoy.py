"""Envoy, by its filter ext_authz over HTTP."""

import re
from typing import Any

import yaml

from gatelodge.gateway.offload import front as names
from gatelodge.gateway.offload.front import Front
from gatelodge.gateway.offload.places import Way, runs, ways
from gatelodge.web.http import Reply

_HEAD = """\
# Made by `gatelodge gateway config --for envoy`, a whole configuration for `envoy -c`.
# Make it again when an API is published or withdrawn or its upstreams change: until then calls of
# a new upstream are refused (503), never sent elsewhere.
"""
_TYPES = "type.googleapis.com/envoy."
_HTTP = f"{_TYPES}extensions.filters.http."
_CA = "/etc/ssl/certs/ca-certificates.crt"
_TIMEOUT = "60s"
_UNREACHABLE_FLAGS = ["UF", "UH", "UO", "URX", "UC"]
_SLOW_FLAGS = ["UT"]
_ADDRESS = "x-envoy-external-address"
_UNSNIFFED = {
    "header": {"key": "x-content-type-options", "value": "nosniff"},
    "append_action": "ADD_IF_ABSENT",
}
_FROM = {
    "header": {"key": "x-forwarded-for", "value": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%"},
    "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
}


def configuration(front: Front) -> str:
    """Return a static configuration."""
    clusters = [_cluster("gatelodge", *front.gatelodge.rsplit(":", 1))]
    for way in ways(front.places):
        made = _cluster(way.name, way.address.host, str(way.address.port))
        clusters.append(made | _tls_to(way) if way.address.tls else made)
    listener = {
        "name": "gatelodge",
        "address": _address("0.0.0.0", front.port),  # noqa: S104 - a proxy is there for everybody
        "filter_chains": [{"filters": [_manager(front)], **_tls_of(front)}],
    }
    made = {"static_resources": {"listeners": [listener], "clusters": clusters}}
    return _HEAD + yaml.safe_dump(made, sort_keys=False, width=100)


def _manager(front: Front) -> dict[str, Any]:
    host = {"name": "gatelodge", "domains": ["*"], "routes": _routes(front)}
    return {
        "name": "envoy.filters.network.http_connection_manager",
        "typed_config": {
            "@type": f"{_TYPES}extensions.filters.network.http_connection_manager.v3."
            "HttpConnectionManager",
            "stat_prefix": "gatelodge",
            # Paths are compared and passed on as they were sent.
            "normalize_path": False,
            "merge_slashes": False,
            "path_with_escaped_slashes_action": "KEEP_UNCHANGED",
            "common_http_protocol_options": {"headers_with_underscores_action": "DROP_HEADER"},
            "use_remote_address": True,
            "generate_request_id": False,
            "local_reply_config": {"mappers": _local_replies(front)},
            "http_filters": [_without_forged(), _asking(), _router()],
            "route_config": {"virtual_hosts": [host]},
        },
    }


def _filter(name: str, kind: str, **config: Any) -> dict[str, Any]:
    return {
        "name": f"envoy.filters.http.{name}",
        "typed_config": {"@type": f"{_HTTP}{name}.v3.{kind}", **config},
    }


def _router() -> dict[str, Any]:
    return _filter("router", "Router", suppress_envoy_headers=True)


def _without_forged() -> dict[str, Any]:
    """Only the gateway says who calls, and by which route."""
    forged = [*names.TOLD, names.ROUTE]
    removed = [{"remove": name.lower()} for name in forged]
    return _filter("header_mutation", "HeaderMutation", mutations={"request_mutations": removed})


def _asking() -> dict[str, Any]:
    success = [*names.OURS, *(name for name, _ in names.CORS)]
    return _filter(
        "ext_authz",
        "ExtAuthz",
        http_service={
            "server_uri": {"uri": "http://gatelodge", "cluster": "gatelodge", "timeout": "5s"},
            "path_prefix": "/gate/check",
            "authorization_response": {
                "allowed_upstream_headers": {
                    "patterns": [{"prefix": "x-gatelodge-"}, {"exact": "x-request-id"}]
                },
                "allowed_client_headers_on_success": {
                    "patterns": [{"exact": name.lower()} for name in success]
                },
            },
        },
        # The route is chosen anew by what the gateway has answered.
        clear_route_cache=True,
        failure_mode_allow=False,
        status_on_error={"code": "ServiceUnavailable"},
    )


def _routes(front: Front) -> list[dict[str, Any]]:
    """Return the routes in order: the first that fits is taken."""
    own: dict[str, Any] = {
        "route": {"cluster": "gatelodge", "timeout": _TIMEOUT},
        "request_headers_to_remove": [_ADDRESS],
        "request_headers_to_add": [_FROM],
        "typed_per_filter_config": {
            "envoy.filters.http.ext_authz": {
                "@type": f"{_HTTP}ext_authz.v3.ExtAuthzPerRoute",
                "disabled": True,
            }
        },
    }
    options = {"name": ":method", "string_match": {"exact": "OPTIONS"}}
    routes: list[dict[str, Any]] = [
        {"match": {"prefix": "/gate/"}, "direct_response": {"status": 404}, **_unasked(own)},
        # Preflights are answered there.
        {"match": {"prefix": "/", "headers": [options]}, **own},
    ]
    carried = {place.path: place.ways for place in front.places}
    for path in (path for _, paths in runs(front.places) for path in paths):
        below = {"path_separated_prefix": path}
        routes += [_way_route(path, way) for way in carried[path]]
        if carried[path]:
            # What is not answered yet is asked; what was answered otherwise has no way here.
            routes.append({"match": below, "direct_response": _direct(front.away)})
        else:
            routes.append({"match": below, **own})
    return [*routes, {"match": {"prefix": "/"}, **own}]


def _unasked(own: dict[str, Any]) -> dict[str, Any]:
    return {"typed_per_filter_config": own["typed_per_filter_config"]}


def _way_route(path: str, way: Way) -> dict[str, Any]:
    chosen = {"name": names.ROUTE.lower(), "string_match": {"exact": way.route}}
    return {
        "match": {"path_separated_prefix": path, "headers": [chosen]},
        "route": {
            "cluster": way.name,
            "timeout": _TIMEOUT,
            "host_rewrite_literal": way.authority,
            "regex_rewrite": {
                "pattern": {"regex": f"^{re.escape(path)}/?(.*)$"},
                "substitution": f"{way.base}/\\1",
            },
        },
        "request_headers_to_remove": [
            *(name.lower() for name in names.UNTOLD),
            _ADDRESS,
        ],
        "request_headers_to_add": [
            _FROM,
            _set("x-forwarded-host", "%REQ(:AUTHORITY)%"),
            _set("via", "1.1 gatelodge"),
        ],
        "response_headers_to_add": [_UNSNIFFED],
        "response_headers_to_remove": [
            name.lower()
            for name in (*names.OURS, *names.NOT_FOR_CALLER, *(name for name, _ in names.CORS))
        ],
    }


def _set(name: str, value: str) -> dict[str, Any]:
    return {
        "header": {"key": name, "value": value},
        "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
    }


def _direct(reply: Reply) -> dict[str, Any]:
    return {"status": reply.status, "body": {"inline_string": reply.body.decode()}}


def _local_replies(front: Front) -> list[dict[str, Any]]:
    """Return the faults of upstreams that give no answer."""
    faults = ((_UNREACHABLE_FLAGS, front.unreachable), (_SLOW_FLAGS, front.slow))
    return [
        {
            "filter": {"response_flag_filter": {"flags": flags}},
            "status_code": reply.status,
            "headers_to_add": [_set(name, value) for name, value in names.said(reply)],
            "body_format_override": {
                "text_format_source": {"inline_string": reply.body.decode()},
                "content_type": "application/json",
            },
        }
        for flags, reply in faults
    ]


def _cluster(name: str, host: str, port: str) -> dict[str, Any]:
    endpoint = {"endpoint": {"address": _address(host.strip("[]"), int(port))}}
    return {
        "name": name,
        "type": "STRICT_DNS",
        "connect_timeout": "5s",
        "load_assignment": {
            "cluster_name": name,
            "endpoints": [{"lb_endpoints": [endpoint]}],
        },
    }


def _address(host: str, port: int) -> dict[str, Any]:
    return {"socket_address": {"address": host, "port_value": port}}


def _tls_to(way: Way) -> dict[str, Any]:
    san = {"san_type": "DNS", "matcher": {"exact": way.address.host}}
    return _transport(
        "UpstreamTlsContext",
        sni=way.address.host,
        common_tls_context={
            "validation_context": {
                "trusted_ca": {"filename": _CA},
                "match_typed_subject_alt_names": [san],
            }
        },
    )


def _tls_of(front: Front) -> dict[str, Any]:
    if not front.secure:
        return {}
    yours = {
        "certificate_chain": {"filename": "/etc/gatelodge/tls/certificate.pem"},
        "private_key": {"filename": "/etc/gatelodge/tls/key.pem"},
    }
    return _transport("DownstreamTlsContext", common_tls_context={"tls_certificates": [yours]})


def _transport(kind: str, **config: Any) -> dict[str, Any]:
    typed = {"@type": f"{_TYPES}extensions.transport_sockets.tls.v3.{kind}", **config}
    return {"transport_socket": {"name": "envoy.transport_sockets.tls", "typed_config": typed}}
