"""Fault bodies and headers as WSO2 API Manager writes them, in the shape of 4.x or of 3.x."""

from collections.abc import Mapping
from email.utils import formatdate
from time import gmtime
from typing import Literal

import msgspec

from gatelodge.gateway.errors import (
    NotAvailable,
    Refused,
    ScopeMissing,
    Throttled,
    Unexpected,
    UpstreamFailed,
    WrongVerb,
)
from gatelodge.gateway.forward import UpstreamFault
from gatelodge.storage.errors import StoreUnavailable
from gatelodge.web.http import Headers, Reply

FaultFormat = Literal["4.x", "3.x"]
REALM = "gatelodge"

_UNAUTHORIZED = 401
_AGAIN = 503

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_COMMON: Headers = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))
_UPSTREAM_TEXTS = {101503: "Error connecting to the back end", 101504: "Connection timed out"}
_encode = msgspec.json.Encoder().encode


def reply(refused: Refused, fault_format: FaultFormat, metadata: str = "") -> Reply:
    """Return the answer to a refused call; ``metadata`` is the URL of what describes the API."""
    if isinstance(refused, UpstreamFailed):
        status, code = refused.upstream_status, refused.upstream_code
    else:
        status, code = refused.status, refused.code
    parts = {"code": code}
    if refused.kind:
        parts["type"] = refused.kind
    parts["message"] = refused.message
    parts["description"] = refused.description
    headers = _COMMON
    if isinstance(refused, Throttled):
        until = next_access_time(refused.reset_at)
        parts["description"] += f" .You can access API after {until}"
        parts["nextAccessTime"] = until
    return Reply(status, _body(parts, fault_format), headers + _more(refused, status, metadata))


def of(error: Exception) -> Refused:
    """Return the fault that an exception means for the caller; its cause is not told."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, UpstreamFault):
        text = _UPSTREAM_TEXTS.get(error.code, "Error in sender")
        return UpstreamFailed(str(error.code), error.status, text)
    if isinstance(error, StoreUnavailable):
        return NotAvailable()
    return Unexpected()


def next_access_time(at: int) -> str:
    """Return a time like ``2026-Aug-21 10:05:00+0000 UTC``, whatever the machine's language."""
    moment = gmtime(at)
    date = f"{moment.tm_year}-{_MONTHS[moment.tm_mon - 1]}-{moment.tm_mday:02}"
    return f"{date} {moment.tm_hour:02}:{moment.tm_min:02}:{moment.tm_sec:02}+0000 UTC"


def challenge(refused: Refused, metadata: str = "") -> bytes:
    """Return the ``WWW-Authenticate`` value (RFC 6750 section 3, RFC 9728 section 5.1).

    A fault that is not the access token's carries no error code, so that clients keep it.
    """
    parts = [f'Bearer realm="{REALM}"']
    if refused.error:
        parts += [f'error="{refused.error}"', f'error_description="{refused.description}"']
    if isinstance(refused, ScopeMissing):
        parts.append(f'scope="{refused.scope}"')
    if metadata:
        parts.append(f'resource_metadata="{metadata}"')
    return ", ".join(parts).encode()


def _body(parts: Mapping[str, str], fault_format: FaultFormat) -> bytes:
    if fault_format == "4.x":
        return _encode(parts)
    return _encode({"fault": {**parts, "code": int(parts["code"])}})


def _more(refused: Refused, status: int, metadata: str) -> Headers:
    if status == _UNAUTHORIZED or refused.error:
        return ((b"www-authenticate", challenge(refused, metadata)),)
    if isinstance(refused, Throttled):
        return ((b"retry-after", formatdate(refused.reset_at, usegmt=True).encode()),)
    if isinstance(refused, WrongVerb):
        return ((b"allow", refused.allow),)
    if status == _AGAIN:
        return ((b"retry-after", b"1"),)
    return ()
