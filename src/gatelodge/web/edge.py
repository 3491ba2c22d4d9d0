"""What the edge allows a caller, and how it refuses one before any application is called."""

from __future__ import annotations

import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Final

import msgspec

from gatelodge.web.http import Header, Headers

_HOST: Final = re.compile(rb"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?")


class EdgeLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Limits of one server's connections; sizes in bytes, times in seconds."""

    connections: int = 4096
    """Open at once; one more gets 503 and is closed."""
    crowded_seconds: float = 1.0
    """Once three quarters of the connections are taken: how long one may idle or send headers."""
    head_bytes: int = 32 * 1024
    """Request line and headers together; above it 431 (RFC 6585 section 5)."""
    head_count: int = 100
    """Header lines; above it 431."""
    head_seconds: float = 10.0
    """From the connection, or the first byte of a later request, to the end of its headers."""
    body_seconds: float = 30.0
    """Without a byte of the body that the application waits for; and in all, without earning."""
    body_rate: int = 500
    """Bytes of the body that earn it a second more, so that a byte now and then does not."""
    write_seconds: float = 60.0
    """Without a byte of the answer taken by the caller."""
    linger_seconds: float = 2.0
    """How long a refused caller may go on sending before the connection is cut."""
    pipelined: int = 16
    """Requests that may wait behind the one being answered."""
    idle_seconds: int = 5
    """How long a connection may stay open between two requests."""
    first_seconds: float = 3.0
    """How long a stop waits for the first request of a connection, and for a TLS handshake."""
    last_seconds: float = 0.5
    """How long a stop waits for one more request of a connection that had one."""
    tick_seconds: float = 1.0
    """How exactly the times above are kept."""

    def stalls(self, waiting: float, waited: float, received: int) -> bool:
        """Tell whether a body of which ``received`` bytes came has been waited for too long.

        ``waiting`` seconds for the part that is due, ``waited`` for those before it.
        """
        earned = received / self.body_rate
        return waiting > self.body_seconds or waiting + waited > self.body_seconds + earned


class Refused(Exception):
    """The request breaks HTTP or a limit: it gets ``status`` and the connection is closed."""

    def __init__(self, status: HTTPStatus, description: str, headers: Headers = ()) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.headers = headers


def bad_request(description: str) -> Refused:
    """Return the refusal of a malformed request (400)."""
    return Refused(HTTPStatus.BAD_REQUEST, description)


def busy(description: str) -> Refused:
    """Return the refusal of a request that would be one too many (503)."""
    return Refused(HTTPStatus.SERVICE_UNAVAILABLE, description, ((b"retry-after", b"1"),))


def too_large() -> Refused:
    """Return the refusal of headers beyond the limits (431, RFC 6585 section 5)."""
    status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
    return Refused(status, "The request's headers are too large.")


def refusal_of(fault: Exception) -> Refused:
    """Return what a parser refused, or what refused in its midst."""
    cause = fault.__context__
    if isinstance(cause, Refused):
        return cause
    return bad_request(f"The request is not valid HTTP/1.1: {fault}.")


def explanation(refused: Refused) -> bytes:
    """Return the body of the answer to a refused request, in the shape of a gateway fault."""
    return msgspec.json.encode(
        {
            "code": str(refused.status.value),
            "type": "Status report",
            "message": refused.status.phrase,
            "description": refused.description,
        }
    )


def refusal(refused: Refused, headers: Iterable[Header]) -> bytes:
    """Return the whole answer to a refused request."""
    status = refused.status
    body = explanation(refused)
    lines = [
        f"HTTP/1.1 {status.value} {status.phrase}".encode(),
        *(name + b": " + value for name, value in (*headers, *refused.headers)),
        b"content-type: application/json",
        b"content-length: %d" % len(body),
        b"cache-control: no-store",
        b"connection: close",
        b"",
        body,
    ]
    return b"\r\n".join(lines)


def check_version(version: str) -> None:
    """Refuse what is neither HTTP/1.1 nor HTTP/1.0 (505)."""
    if version not in {"1.1", "1.0"}:
        raise Refused(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED, "Only HTTP/1.1 is spoken here.")


def check_host(value: bytes) -> bytes:
    """Return the Host header without the blanks around it (RFC 9112 section 3.2).

    Raises Refused for an empty one and for one that is not a name or address with a port.
    """
    host = value.strip(b" \t")
    if _HOST.fullmatch(host) is None:
        msg = "The Host header is not a host name with an optional port."
        raise bad_request(msg)
    return host


def check_target(target: bytes, method: bytes, host: bytes | None) -> None:
    """Refuse a request target that is not a path of the host asked for (RFC 9112 section 3.2).

    ``host`` is the checked Host header, None when an HTTP/1.0 caller sent none.
    """
    if b"#" in target:
        msg = "The request target holds a fragment."
        raise bad_request(msg)
    if target.startswith(b"/") or (target == b"*" and method == b"OPTIONS"):
        return
    scheme, separator, rest = target.partition(b"://")
    if not separator or scheme.lower() not in {b"http", b"https"}:
        msg = "The request target is not a path."
        raise bad_request(msg)
    authority = re.split(rb"[/?]", rest, maxsplit=1)[0]
    if host is not None and authority.lower() != host.lower():
        msg = "The request target and the Host header name different hosts."
        raise bad_request(msg)


def check_transfer_encoding(value: bytes, http_version: str) -> None:
    """Refuse a body in any other framing than ``chunked`` (RFC 9112 section 6.1)."""
    if http_version == "1.0":
        msg = "HTTP/1.0 has no Transfer-Encoding."
        raise bad_request(msg)
    if value.strip(b" \t").lower() != b"chunked":
        msg = "The only Transfer-Encoding understood is chunked."
        raise Refused(HTTPStatus.NOT_IMPLEMENTED, msg)
