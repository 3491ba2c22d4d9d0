"""Where an upstream is, and the first bytes of a request to it."""

from __future__ import annotations

import functools
from typing import Final, Literal
from urllib.parse import urlsplit

import msgspec
from starlette.types import Scope

from gatelodge.gateway.upstreams.faults import UpstreamUnreachable

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
# Written by us for each hop, whatever the caller sent.
_OWN_HEADERS: Final = frozenset(
    {b"host", b"content-length", b"transfer-encoding", b"connection", b"keep-alive", b"expect"}
)
_WITH_BODY: Final = frozenset({b"POST", b"PUT", b"PATCH"})


class UpstreamRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it shall arrive at the upstream.

    ``target`` is the raw path with ``?query`` where there is one, put after the upstream's base
    path; ``headers`` are free of hop-by-hop headers; ``scope`` is the caller's.
    """

    method: bytes
    target: bytes
    headers: list[tuple[bytes, bytes]]
    body: Literal["none", "length", "chunked"]
    scope: Scope


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """A parsed upstream URL: ``base`` is the path before every target, without a final slash."""

    tls: bool
    host: str
    port: int
    authority: bytes
    base: bytes


@functools.lru_cache(maxsize=1024)
def parse_upstream(url: str) -> Address:
    """Return the address of ``http(s)://host[:port][/base]``.

    Raises UpstreamUnreachable for anything else: such an upstream can never be reached.
    """
    try:
        parts = urlsplit(url)
        scheme, host = parts.scheme, (parts.hostname or "").encode("idna").decode("ascii")
        port = parts.port or _DEFAULT_PORTS[scheme]
        base = parts.path.rstrip("/").encode("ascii")
    except (ValueError, KeyError) as error:
        raise UpstreamUnreachable("The upstream's URL is not valid.") from error
    if not host or "@" in parts.netloc or parts.query or parts.fragment or b" " in base:
        raise UpstreamUnreachable("The upstream's URL is not valid.")
    name = f"[{host}]" if ":" in host else host
    authority = name if port == _DEFAULT_PORTS[scheme] else f"{name}:{port}"
    return Address(
        tls=scheme == "https", host=host, port=port, authority=authority.encode(), base=base
    )


def request_head(address: Address, request: UpstreamRequest) -> bytes:
    """Return the request line and headers as they go on the wire.

    Raises ValueError when a value would break out of its line: the server in front refuses such
    requests, so this is a mistake of ours and never a caller's.
    """
    path = address.base + request.target
    lines = [b"%b %b HTTP/1.1\r\nhost: %b\r\n" % (request.method, path or b"/", address.authority)]
    lines += [b"%b: %b\r\n" % each for each in request.headers if each[0] not in _OWN_HEADERS]
    lines += _framing(request)
    head = b"".join((*lines, b"\r\n"))
    breaks = len(lines) + 2
    if head.count(b"\n") != breaks or head.count(b"\r") != breaks or b"\0" in head or b" " in path:
        raise ValueError("A header or the path would break out of its line.")
    return head


def declared_length(request: UpstreamRequest) -> int:
    """Return the length of a body whose framing is ``length``."""
    for headers in (request.headers, request.scope["headers"]):
        for name, value in headers:
            if name == b"content-length":
                return int(value)
    raise ValueError("A body of known length comes without its length.")


def _framing(request: UpstreamRequest) -> list[bytes]:
    if request.body == "chunked":
        return [b"transfer-encoding: chunked\r\n"]
    if request.body == "length":
        return [b"content-length: %d\r\n" % declared_length(request)]
    # RFC 9110 section 8.6: a method that may have a body says that it has none.
    return [b"content-length: 0\r\n"] if request.method in _WITH_BODY else []
