"""What kind of place an IP address is, decided by the registries and by nothing the sender says.

IANA's special-purpose registries (RFC 6890) for IPv4 and IPv6; an IPv4 address inside an IPv6 one
is judged as the IPv4 address it leads to.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Literal

Kind = Literal["public", "private", "loopback", "forbidden"]
"""``private`` belongs to somebody's own network; ``forbidden`` is nowhere a request may ever go:
link-local (where clouds keep their metadata), multicast, unspecified, reserved, documentation."""

_LOOPBACK_4 = IPv4Network("127.0.0.0/8")
_PRIVATE_4 = tuple(
    IPv4Network(text) for text in ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16")
)
_FORBIDDEN_4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "169.254.0.0/16",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_LOOPBACK_6 = IPv6Address("::1")
_MAPPED = IPv6Network("::ffff:0:0/96")
_NAT64 = IPv6Network("64:ff9b::/96")
_PRIVATE_6 = IPv6Network("fc00::/7")
_GLOBAL_6 = IPv6Network("2000::/3")
# Inside 2000::/3: protocol assignments with Teredo, ORCHID and benchmarking; documentation; 6to4.
_FORBIDDEN_6 = tuple(
    IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)
_LOW_32 = (1 << 32) - 1


def kind(text: str) -> Kind:
    """Return what kind of address ``text`` is; what is no plain address is ``forbidden``."""
    try:
        address = ip_address(text)
    except ValueError:
        return "forbidden"
    return _kind_4(address) if isinstance(address, IPv4Address) else _kind_6(address)


def _kind_4(address: IPv4Address) -> Kind:
    if address in _LOOPBACK_4:
        return "loopback"
    if any(address in network for network in _PRIVATE_4):
        return "private"
    return "forbidden" if any(address in network for network in _FORBIDDEN_4) else "public"


def _kind_6(address: IPv6Address) -> Kind:
    if address.scope_id is not None:
        return "forbidden"
    if address in _MAPPED or address in _NAT64:
        return _kind_4(IPv4Address(int(address) & _LOW_32))
    if address == _LOOPBACK_6:
        return "loopback"
    if address in _PRIVATE_6:
        return "private"
    usable = address in _GLOBAL_6 and not any(address in network for network in _FORBIDDEN_6)
    return "public" if usable else "forbidden"
