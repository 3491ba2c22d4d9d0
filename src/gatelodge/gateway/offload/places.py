"""Which paths a proxy serves by itself, and where their calls go."""

import itertools
import re
from collections.abc import Iterable, Sequence

import msgspec

from gatelodge.catalog import addresses
from gatelodge.catalog.apis import Api
from gatelodge.gateway.forward_auth import route
from gatelodge.gateway.routing import ANSWERING
from gatelodge.gateway.upstreams.address import Address, parse_upstream
from gatelodge.gateway.upstreams.faults import UpstreamUnreachable

_HOST = re.compile(r"[A-Za-z0-9._:-]+")
_BASE = re.compile(r"[A-Za-z0-9._~/-]*")
"""What every configuration can hold without quoting; upstreams of other names stay here."""


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """One environment of an API: its route's name and the upstream behind it."""

    api_id: int
    environment: str
    address: Address

    @property
    def route(self) -> str:
        """The route's name, as answers of ``/gate/check`` say it."""
        return route(self.api_id, self.environment)

    @property
    def name(self) -> str:
        """A name for the upstream that every configuration can hold."""
        return f"gatelodge_{self.api_id}_{self.environment}"

    @property
    def authority(self) -> str:
        """Host and port; the port is left out where it is the scheme's own."""
        return self.address.authority.decode("ascii")

    @property
    def socket(self) -> str:
        """Host and port, the port always there."""
        host = self.address.host
        return f"{f'[{host}]' if ':' in host else host}:{self.address.port}"

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return f"{'https' if self.address.tls else 'http'}://{self.authority}"

    @property
    def base(self) -> str:
        """The path before every target, without a final slash."""
        return self.address.base.decode("ascii")


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A path below which one API answers; without ``ways`` its calls are the gateway's to carry."""

    path: str
    ways: tuple[Way, ...]


def places(apis: Iterable[Api], tenant: str) -> list[Place]:
    """Return every path of the gateway that is taken, the longest first."""
    found: dict[str, Place] = {}
    for api in apis:
        ways = _ways(api) if api.state in ANSWERING else ()
        for path in addresses.paths(api, tenant):
            # One version in service is enough for its path to answer.
            if ways or path not in found:
                found[path] = Place(path=path, ways=ways)
    return sorted(found.values(), key=lambda place: (-place.path.count("/"), place.path))


def ways(found: Iterable[Place]) -> list[Way]:
    """Return the ways of all places, each once."""
    return list(dict.fromkeys(way for place in found for way in place.ways))


def runs(found: Sequence[Place]) -> list[tuple[bool, list[str]]]:
    """Return paths that stand together: whether the proxy carries their calls, and which they are.

    What would come after the last that it carries is left out: the gateway has all the rest.
    """
    grouped = [
        (carried, [place.path for place in group])
        for carried, group in itertools.groupby(found, key=lambda place: bool(place.ways))
    ]
    return grouped[: -1 if grouped and not grouped[-1][0] else None]


def _ways(api: Api) -> tuple[Way, ...]:
    """Return an API's ways if a proxy can take all of them: half of an API is nobody's."""
    named = (("production", api.production_upstream), ("sandbox", api.sandbox_upstream))
    try:
        found = tuple(
            Way(api_id=api.id, environment=environment, address=parse_upstream(url))
            for environment, url in named
            if url is not None
        )
    except UpstreamUnreachable:
        return ()
    plain = all(_HOST.fullmatch(way.address.host) and _BASE.fullmatch(way.base) for way in found)
    return found if plain else ()
