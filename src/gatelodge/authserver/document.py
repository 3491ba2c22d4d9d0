"""The endpoints' own description, an OpenAPI 3.1 document kept beside the code it describes."""

from importlib import resources
from typing import Any

import msgspec

from gatelodge.authserver.cors import ANY_ORIGIN
from gatelodge.web import conditional
from gatelodge.web.http import Headers, Reply, Request, json_reply

FILE = "openapi.json"
_HEADERS: Headers = ((b"cache-control", b"public, max-age=3600"), *ANY_ORIGIN)


def read() -> dict[str, Any]:
    """Return the document as it is in the package: without an address."""
    text = resources.files(__package__).joinpath(FILE).read_text(encoding="utf-8")
    document: dict[str, Any] = msgspec.json.decode(text)
    return document


class DocumentEndpoint:
    """Serves the document with the issuer as its address."""

    def __init__(self, issuer: str) -> None:
        found = json_reply(read() | {"servers": [{"url": issuer}]}, headers=_HEADERS)
        self._reply = conditional.tagged(found)

    async def __call__(self, request: Request) -> Reply:
        """Answer one request."""
        return conditional.fresh(request, self._reply)
