"""Resource indicators (RFC 8707): which APIs an access token is for.

A resource is the URL of an API at the gateway, or of the userinfo endpoint.
Resources are kept as one text, separated by spaces like scopes; an empty text sets no bound.
"""

from collections.abc import Collection, Sequence

import msgspec

from gatelodge.oauth.errors import InvalidTarget

_MOST = 20


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """What was granted once and for all, and what one access token of it is for."""

    granted: str = ""
    asked: str = ""


EVERYWHERE = Reach()


def userinfo(issuer: str) -> str:
    """Return the userinfo endpoint's resource: a token for an API is not for it as well."""
    return f"{issuer}/userinfo"


def grant(wanted: Sequence[str], known: Collection[str]) -> str:
    """Return the resources to grant, exactly what was asked.

    Raises ``InvalidTarget`` for too many and for one that is not ``known`` (RFC 8707 section 2).
    """
    names = tuple(dict.fromkeys(wanted))
    if len(names) > _MOST or not all(name in known for name in names):
        raise InvalidTarget
    return " ".join(names)


def narrow(granted: str, asked: str) -> Reach:
    """Return the reach of an access token: what was granted, or the part asked for.

    Raises ``InvalidTarget`` for anything wider (RFC 8707 section 2.2).
    """
    if not asked:
        return Reach(granted=granted, asked=granted)
    if granted and not set(asked.split(" ")) <= set(granted.split(" ")):
        raise InvalidTarget("This resource was not granted.")
    return Reach(granted=granted, asked=asked)
