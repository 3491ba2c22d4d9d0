"""The proxies an operator puts in front, and whose address a request that they hand on came from.

Only what a trusted proxy says is believed, and of its list only as far as trusted proxies wrote it:
``X-Forwarded-For`` is read from its end, and the first address that is no trusted proxy's is the
client's. Everything to the left of that is the client's own word. ``X-Forwarded-Proto`` says
whether the client came over TLS.
"""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Annotated

from msgspec import Meta

TrustedProxies = Annotated[
    str,
    Meta(
        description="Addresses or networks, separated by commas, of the proxies in front: their "
        "X-Forwarded-For says where a request came from, and where base_url is https: what their "
        "X-Forwarded-Proto calls http is refused. Nobody else's is believed."
    ),
]

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

_HEADER = b"x-forwarded-for"
_PROTOCOL = b"x-forwarded-proto"
_MOST_HOPS = 20


def problem(value: str) -> str | None:
    """Say what is wrong with a list of proxies, ``None`` when nothing is."""
    try:
        networks(value)
    except ValueError as error:
        return str(error)
    return None


def networks(value: str) -> Sequence[Network]:
    """Return the networks of a list. Raises ``ValueError`` that names the one that is none."""
    return [ip_network(part.strip()) for part in value.split(",") if part.strip()]


def client_address(
    peer: str, headers: Iterable[tuple[bytes, bytes]], trusted: Sequence[Network]
) -> str:
    """Return the address of who sent a request that arrived from ``peer``.

    A hop that is no address ends the search: the proxy that wrote it is as far as can be told.
    """
    found = _address(peer)
    if found is None or not _is_trusted(found, trusted):
        return peer
    said = b",".join(value for name, value in headers if name == _HEADER).decode("latin-1")
    for hop in reversed(said.rsplit(",", _MOST_HOPS)[-_MOST_HOPS:]):
        before = _address(hop.strip())
        if before is None:
            break
        found = before
        if not _is_trusted(found, trusted):
            break
    return str(found)


def came_in_the_clear(
    peer: str, headers: Iterable[tuple[bytes, bytes]], trusted: Sequence[Network]
) -> bool:
    """Tell whether a trusted proxy says that a request reached it over plain HTTP.

    The last word counts: it is the nearest proxy's. Silence says nothing.
    """
    said = [value for name, value in headers if name == _PROTOCOL]
    if not said or said[-1].rpartition(b",")[2].strip().lower() != b"http":
        return False
    return is_trusted(peer, trusted)


def is_trusted(peer: str, trusted: Sequence[Network]) -> bool:
    """Tell whether a connection's other end is a trusted proxy."""
    found = _address(peer)
    return found is not None and _is_trusted(found, trusted)


def _address(text: str) -> Address | None:
    try:
        found = ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def _is_trusted(address: Address, trusted: Sequence[Network]) -> bool:
    return any(address in network for network in trusted)
