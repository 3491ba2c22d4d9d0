"""Device authorization (RFC 8628): the code a person types, and what the polling device is told."""

import re
from typing import Literal

import msgspec

from gatelodge.oauth.errors import (
    AccessDenied,
    AuthorizationPending,
    ExpiredToken,
    InvalidGrant,
    SlowDown,
)

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code"

LIFETIME = 600
"""How long, in seconds, a person has to enter the code and decide."""

INTERVAL = 5
"""How many seconds a device waits between two polls at first, and how many more after each hint."""

LONGEST_INTERVAL = 60
"""The longest wait asked of a device that polls too fast, in seconds."""

_TOLERANCE = 1  # seconds: a poll sent in time may arrive a moment early
_ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
_LETTERS = 8
_HALF = _LETTERS // 2
_BETWEEN = re.compile(r"[\s._\-\u2010-\u2015]+")
_USER_CODE = re.compile(rf"[{_ALPHABET}]{{{_LETTERS}}}")

Decision = Literal["allowed", "denied"]


class DeviceCode(msgspec.Struct, frozen=True, kw_only=True):
    """A device's request; digests are keyed, ``scope`` and ``amr`` are separated by spaces.

    Who decided, and how they had signed in, is known from then on; ``family_id`` is made at that
    moment. ``interval`` and ``polled_at`` are about the polls while nobody has decided.
    """

    id: int
    digest: bytes
    user_code_digest: bytes
    client_row: int
    scope: str
    resources: str
    address: str
    user_agent: str
    issued_at: int
    expires_at: int
    interval: int = INTERVAL
    polled_at: int | None = None
    decision: Decision | None = None
    user_id: int | None = None
    family_id: int | None = None
    auth_time: int | None = None
    amr: str = ""
    spent_at: int | None = None


class Allowance(msgspec.Struct, frozen=True, kw_only=True):
    """Who allowed a device's request, since when signed in and by what means (``amr``)."""

    user_id: int
    family_id: int
    auth_time: int
    amr: str


class Polled(msgspec.Struct, frozen=True, kw_only=True):
    """What a poll found: ``row`` as it was before it, ``None`` if that client has no such code.

    ``first`` says that this very poll spent it.
    """

    row: DeviceCode | None
    first: bool = False


def user_code(random: bytes) -> str:
    """Return the eight letters of a user code from 32 random bytes (section 6.1).

    Twenty letters without vowels: 34 bits, no words, nothing that looks like something else.
    """
    number = int.from_bytes(random, "big")
    letters = []
    for _ in range(_LETTERS):
        number, letter = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[letter])
    return "".join(letters)


def shown(letters: str) -> str:
    """Return a user code as it is shown: ``WDJB-MJHT``."""
    return f"{letters[:_HALF]}-{letters[_HALF:]}"


def read_user_code(typed: str) -> str | None:
    """Return the letters of a typed user code, whatever their case and what stands between them.

    ``None`` for what no user code can be.
    """
    letters = _BETWEEN.sub("", typed).upper()
    return letters if _USER_CODE.fullmatch(letters) else None


def is_open(row: DeviceCode, now: int) -> bool:
    """Say whether a person may still decide."""
    return row.decision is None and now < row.expires_at


def polls_too_fast(row: DeviceCode, now: int) -> bool:
    """Say whether a poll at ``now`` comes before the interval is over."""
    return row.polled_at is not None and now < row.polled_at + row.interval - _TOLERANCE


def slower(row: DeviceCode) -> int:
    """Return the interval after a poll that came too fast (section 3.5)."""
    return min(row.interval + INTERVAL, LONGEST_INTERVAL)


def judge(polled: Polled, now: int) -> tuple[DeviceCode, Allowance]:
    """Return the request and who allowed it, if this poll may have its tokens (section 3.5).

    Raises ``InvalidGrant`` for an unknown or spent code, ``ExpiredToken``, ``AccessDenied``,
    ``SlowDown`` and ``AuthorizationPending``.
    """
    row = polled.row
    if row is None or (row.decision == "allowed" and not polled.first):
        raise InvalidGrant("Invalid or spent device code received from token request")
    if row.decision == "denied":
        raise AccessDenied
    if now >= row.expires_at:
        raise ExpiredToken
    if row.user_id is None or row.family_id is None or row.auth_time is None:
        raise SlowDown if polls_too_fast(row, now) else AuthorizationPending
    allowance = Allowance(
        user_id=row.user_id, family_id=row.family_id, auth_time=row.auth_time, amr=row.amr
    )
    return row, allowance
