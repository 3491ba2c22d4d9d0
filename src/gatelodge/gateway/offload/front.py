"""What a configuration is written from, whatever the proxy."""

from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined

from gatelodge.catalog.apis import Api
from gatelodge.gateway import faults, headers
from gatelodge.gateway.errors import NotAvailable
from gatelodge.gateway.faults import FaultFormat
from gatelodge.gateway.forward import UpstreamTimeout, UpstreamUnreachable
from gatelodge.gateway.offload.places import Place, places, runs, ways
from gatelodge.web.http import Reply

_DEFAULT_PORTS = {"http": 80, "https": 443}
_TEMPLATES = Environment(  # noqa: S701 - no HTML; every value that goes in is a checked name
    loader=PackageLoader("gatelodge.gateway.offload"),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


class Front(msgspec.Struct, frozen=True, kw_only=True):
    """A proxy's side of an installation.

    ``host`` and ``port`` are those people use, ``gatelodge`` is where it listens itself. The three
    replies are faults a proxy words without asking: the upstream or the gateway gave no answer.
    """

    host: str
    port: int
    secure: bool
    gatelodge: str
    places: Sequence[Place]
    unreachable: Reply
    slow: Reply
    away: Reply


def front(
    issuer: str, gatelodge: str, tenant: str, apis: Iterable[Api], fault_format: FaultFormat
) -> Front:
    """Return what the configurations of an installation are written from."""
    public = urlsplit(issuer)
    return Front(
        host=public.hostname or "",
        port=public.port or _DEFAULT_PORTS[public.scheme],
        secure=public.scheme == "https",
        gatelodge=gatelodge,
        places=places(apis, tenant),
        unreachable=faults.reply(faults.of(UpstreamUnreachable("")), fault_format),
        slow=faults.reply(faults.of(UpstreamTimeout("")), fault_format),
        away=faults.reply(NotAvailable(), fault_format),
    )


def rendered(template: str, written: Front) -> str:
    """Fill a template in."""
    template_names = {
        "front": written,
        "ways": ways(written.places),
        "runs": runs(written.places),
        "told": TOLD,
        "untold": UNTOLD,
        "ours": OURS,
        "cors": CORS,
        "not_for_caller": NOT_FOR_CALLER,
    }
    return _TEMPLATES.get_template(template).render(template_names)


def _title(name: bytes) -> str:
    return "-".join(part.capitalize() for part in name.decode("ascii").split("-"))


def _variable(name: str) -> str:
    return "gatelodge_" + name.lower().replace("-", "_")


TOLD = tuple(map(_title, headers.TOLD))
"""Names of headers as configurations write them, here those that upstreams are told."""

OURS = tuple(map(_title, headers.OURS_TO_SAY))
ROUTE = _title(headers.ROUTE)
UNTOLD = (
    *map(_title, (headers.ROUTE, headers.TARGET, headers.FAULT)),
    *(_title(name) for name in headers.UNTOLD if name not in headers.TOLD),
    *(f"X-Forwarded-{each}" for each in ("Method", "Port", "Prefix", "Scheme", "Server", "Uri")),
)
CORS = tuple((_title(name), value.decode("ascii")) for name, value in headers.CORS)
NOT_FOR_CALLER = (
    "Set-Cookie",
    *(f"Access-Control-{each}" for each in ("Allow-Credentials", "Allow-Headers", "Allow-Methods")),
    "Access-Control-Max-Age",
)


def said(reply: Reply) -> list[tuple[str, str]]:
    """Return the headers of a fault besides its type and those of every answer."""
    named = [(_title(name), value.decode("ascii")) for name, value in reply.headers]
    return [header for header in named if header[0] != "Content-Type"]


_TEMPLATES.filters["said"] = said
_TEMPLATES.filters["variable"] = _variable
