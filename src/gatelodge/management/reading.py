"""Reading a request: path, query and body, strictly and within limits."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from gatelodge.catalog.errors import Invalid
from gatelodge.management.refusals import NotJson
from gatelodge.web.http import BadRequest, Request

_MOST_PARAMETERS = 20
_PLACE = re.compile(r"^(?P<said>.*) - at `(?P<place>[^`]*)`$", re.DOTALL)
_UNKNOWN = re.compile(r"unknown field `(?P<name>[^`]*)`")
_MISSING = re.compile(r"missing required field `(?P<name>[^`]*)`")


async def body(request: Request, kind: type[msgspec.Struct]) -> tuple[bytes, Any]:
    """Return a JSON body as it came and as a ``kind``.

    Raises ``NotJson``, ``TooLarge``, ``BadRequest``, and ``Invalid`` that names the field.
    """
    media_type = (request.header(b"content-type") or b"").partition(b";")[0].strip().lower()
    if media_type != b"application/json":
        raise NotJson
    raw = await request.body()
    try:
        return raw, msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as error:
        raise Invalid(_problem(str(error))) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadRequest("The body is not JSON.") from None


def query(request: Request, known: Sequence[str]) -> Mapping[str, str]:
    """Return the query's parameters. Raises ``BadRequest`` for repeated or unreadable ones.

    Raises ``Invalid`` that names each parameter the operation does not know.
    """
    try:
        pairs = parse_qsl(
            request.query.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_PARAMETERS,
        )
    except ValueError:
        raise BadRequest("The query cannot be read.") from None
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadRequest("A parameter of the query came twice.")
    if any("\0" in value for value in found.values()):
        raise BadRequest("The query contains a NUL character.")
    unknown = {name: "There is no such parameter." for name in found if name not in known}
    if unknown:
        raise Invalid(unknown)
    return found


def _problem(said: str) -> Mapping[str, str]:
    """Return msgspec's sentence under the name of the field it is about."""
    at = _PLACE.match(said)
    place = at["place"].removeprefix("$").removeprefix(".") if at else ""
    sentence = at["said"] if at else said
    named = _UNKNOWN.search(sentence) or _MISSING.search(sentence)
    if named is not None:
        place = f"{place}.{named['name']}" if place else named["name"]
    return {place or "body": f"{sentence}."}
