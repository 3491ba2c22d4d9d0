"""Reads refusals: every error body that gateways, token endpoints and APIs of this kind send.

The gateway's are WSO2's, as JSON (`{"code"}` or `{"fault": {"code"}}`, numbers or text) or XML;
behind it each API has its own. The first fact found is taken, none is required.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from gatelodge_client.errors import InvalidParameter

_XML = re.compile(r"<(?:\w+:)?(code|message|description)>\s*([^<]*?)\s*</")
_MESSAGES = ("error_description", "message", "msg", "errorMessage", "title", "error")
_CODES = ("code", "errorCode", "error")
_LONGEST = 300
THROTTLE_CODES = frozenset(
    ("900800", "900802", "900803", "900804", "900806", "900807", "900808", "900809")
)


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """What a refusal says; a fact it does not state is empty."""

    code: str = ""
    message: str = ""
    next_access_time: str = ""
    parameters: tuple[InvalidParameter, ...] = ()


def read(content: bytes) -> Fault:
    """Return what an error body says, whatever it is written in."""
    try:
        body = msgspec.json.decode(content)
    except msgspec.DecodeError:
        return _from_xml(content)
    if not isinstance(body, Mapping):
        return Fault()
    inner = body.get("fault")
    return _from_object(inner if isinstance(inner, Mapping) else body)


def _from_object(body: Mapping[str, Any]) -> Fault:
    message = _first(body, _MESSAGES)
    # RFC 9457 says `detail`, WSO2 `description`.
    description = _first(body, ("description", "detail"))
    return Fault(
        code=_first(body, _CODES),
        message=_joined(message, description),
        next_access_time=_text(body.get("nextAccessTime")),
        parameters=_parameters(body),
    )


def _from_xml(content: bytes) -> Fault:
    found = dict(_XML.findall(content[:10_000].decode("utf-8", "replace")))
    message = _joined(found.get("message", ""), found.get("description", ""))
    return Fault(code=found.get("code", ""), message=message)


def _joined(message: str, description: str) -> str:
    parts = [part for part in (message.strip(), description.strip()) if part]
    return ": ".join(dict.fromkeys(parts))[:_LONGEST]


def _first(body: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next((text for name in names if (text := _text(body.get(name)))), "")


def _text(value: object) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _parameters(body: Mapping[str, Any]) -> tuple[InvalidParameter, ...]:
    """Provisioning names them ``invalid_parameters``, the integration suite ``errors``."""
    listed = body.get("invalid_parameters") or body.get("errors") or []
    if not isinstance(listed, list):
        return ()
    return tuple(
        InvalidParameter(
            _first(one, ("name", "field")), _first(one, ("reason", "message", "detail"))
        )
        for one in listed
        if isinstance(one, Mapping)
    )
