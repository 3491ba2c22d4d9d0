"""The browser session: who signed in, when, how, and until when that counts.

The cookie holds the row's identifier and a secret of which only the digest is stored; a sign-in
always gets a new secret (session fixation).
"""

import ipaddress
from typing import Literal

import msgspec

Kind = Literal["developer", "user"]

_HOUR = 3_600
_DAY = 24 * _HOUR

LIFETIMES: dict[str, int] = {"developer": 30 * _DAY, "user": 12 * _HOUR}
"""How long, in seconds, a session lasts at most after the sign-in."""

IDLE = 12 * _HOUR
"""How long, in seconds, a session lasts without a request."""

TOUCH_EVERY = 300
"""How old, in seconds, the last time seen may get before it is written again."""

LONGEST_USER_AGENT = 256
LONGEST_ADDRESS = 64
_PREFIX = 64  # what one subscriber is given of IPv6 addresses


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A signed-in browser. Times are seconds since the epoch; ``amr`` as in RFC 8176."""

    id: int
    digest: bytes
    kind: Kind
    subject_id: int
    auth_time: int
    amr: tuple[str, ...]
    created_at: int
    seen_at: int
    expires_at: int
    address: str
    user_agent: str


def begin(fresh: Session, now: int) -> Session:
    """Return a session as it starts at ``now``: times set, what the browser says of itself cut."""
    return msgspec.structs.replace(
        fresh,
        auth_time=now,
        created_at=now,
        seen_at=now,
        expires_at=now + LIFETIMES[fresh.kind],
        address=_printable(fresh.address)[:LONGEST_ADDRESS],
        user_agent=_printable(fresh.user_agent)[:LONGEST_USER_AGENT],
    )


def alive(session: Session, now: int) -> bool:
    """Say whether the session still counts: neither too old nor idle for too long."""
    return now < session.expires_at and now - session.seen_at < IDLE


def worth_touching(session: Session, now: int) -> bool:
    """Say whether the time last seen is old enough to be written again."""
    return now - session.seen_at >= TOUCH_EVERY


def network(address: str) -> str:
    """Return what attempts from a network address are counted under."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 4:  # noqa: PLR2004 - the protocol's number
        return address
    return str(ipaddress.ip_network((found.packed, _PREFIX), strict=False))


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable())
