"""The API's own description, an OpenAPI 3.1 document kept beside the code it describes."""

from importlib import resources
from typing import Any

import msgspec

FILE = "openapi.json"


def text() -> str:
    """Return the document as it is in the package: without an address."""
    return resources.files(__package__).joinpath(FILE).read_text(encoding="utf-8")


def at(address: str) -> bytes:
    """Return the document for the API served at ``address``."""
    document: dict[str, Any] = msgspec.json.decode(text())
    return msgspec.json.encode(document | {"servers": [{"url": address}]})
