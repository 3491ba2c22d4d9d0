"""Answers that a cache may ask about again: an entity tag, and 304 for who has it already."""

import re
from hashlib import blake2b

import msgspec

from gatelodge.web.http import Reply, Request

_TAG = re.compile(rb'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_NOT_MODIFIED = 304
_TAG_BYTES = 12


def tag(body: bytes) -> str:
    """Return the strong entity tag of a body (RFC 9110 section 8.8.3)."""
    return f'"{blake2b(body, digest_size=_TAG_BYTES).hexdigest()}"'


def tagged(reply: Reply) -> Reply:
    """Return the reply with the entity tag of its body."""
    made = (b"etag", tag(reply.body).encode())
    return msgspec.structs.replace(reply, headers=(*reply.headers, made))


def fresh(request: Request, reply: Reply) -> Reply:
    """Return a tagged reply, or 304 with its headers to who names its tag (section 13.1.2)."""
    asked = request.header(b"if-none-match")
    if asked is None or (asked.strip() != b"*" and _tag(reply) not in _TAG.findall(asked)):
        return reply
    kept = tuple(header for header in reply.headers if header[0] != b"content-type")
    return Reply(_NOT_MODIFIED, b"", kept)


def _tag(reply: Reply) -> bytes:
    return dict(reply.headers)[b"etag"]
