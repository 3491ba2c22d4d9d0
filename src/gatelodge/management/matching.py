"""Which version of a thing is meant: strong entity tags and ``If-Match`` (RFC 9110 section 13)."""

import re

import msgspec

from gatelodge.management.call import Call
from gatelodge.management.refusals import PreconditionFailed, PreconditionRequired
from gatelodge.web import conditional

_TAG = re.compile(r'(?:^|,)[ \t]*("[^"]*")[ \t]*(?=,|$)')


def tag(representation: object) -> str:
    """Return the entity tag of a representation: the same bytes have the same tag."""
    return conditional.tag(msgspec.json.encode(representation))


def check(call: Call, current: object) -> None:
    """Raise unless the caller means the ``current`` representation; within the act's own unit.

    Raises ``PreconditionRequired`` and ``PreconditionFailed``. A weak tag never matches.
    """
    asked = call.if_match
    if asked is None:
        raise PreconditionRequired
    if asked.strip() != "*" and tag(current) not in _TAG.findall(asked):
        raise PreconditionFailed
