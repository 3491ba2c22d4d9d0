"""The life of a signing key: coming, active, retiring, gone; what its schedule asks for at a time.

A coming key is published before it signs, so that who keeps our JWK set for a while knows it by
its first signature. A retiring one verifies until nothing it signed can be alive.
"""

from collections.abc import Iterable
from typing import Literal

import msgspec

from gatelodge.oauth.clients import LONGEST_LIFETIME

State = Literal["coming", "active", "retiring"]

PUBLISHED_BEFORE = 86_400
"""For how many seconds a key is published before it signs."""

JWK_SET_KEPT = 900
"""For how many seconds a JWK set may be kept; far less than a key is published before it signs."""

VERIFIES_AFTER = LONGEST_LIFETIME + 3_600
"""For how many seconds a retiring key verifies: the longest lifetime, and an hour's clock skew."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A signing key as its schedule sees it: in ``state`` since a time; a higher id is newer."""

    id: int
    algorithm: str
    state: State
    since: int


class Steps(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done with one algorithm's keys, by id; ``make`` is a fresh key's state."""

    make: State | None = None
    promote: int | None = None
    retire: tuple[int, ...] = ()
    drop: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything to do."""
        return self != Steps()


def due(keys: Iterable[Standing], now: int, period: int) -> Steps:
    """Return what the schedule asks of one algorithm's keys; a key signs for ``period`` seconds.

    Two nodes may each have made a key: the newest of a state is the one that counts, another
    active one retires, another coming one has signed nothing and goes.
    """
    coming, active, retiring = _by_state(keys)
    gone = tuple(key.id for key in retiring if key.since + VERIFIES_AFTER <= now)
    if not active:
        return _promoted(coming, active, gone)
    if coming and coming[0].since + PUBLISHED_BEFORE <= now:
        return _promoted(coming, active, gone)
    late = active[0].since + period - PUBLISHED_BEFORE <= now
    return Steps(
        make="coming" if late and not coming else None,
        retire=tuple(key.id for key in active[1:]),
        drop=gone,
    )


def rotated(keys: Iterable[Standing], *, at_once: bool) -> Steps:
    """Return what somebody who rotates wants: a coming key, or ``at_once`` another active one."""
    coming, active, _ = _by_state(keys)
    if at_once or not active:
        return _promoted(coming, active, ())
    return Steps(make=None if coming else "coming")


def revoked(keys: Iterable[Standing], key_id: int) -> Steps:
    """Return what revoking one key takes: it goes, and some key signs afterwards."""
    coming, active, _ = _by_state(key for key in keys if key.id != key_id)
    if active:
        return Steps(drop=(key_id,))
    return _promoted(coming, active, (key_id,))


def signs_from(key: Standing) -> int:
    """Return from when on a coming key signs."""
    return key.since + PUBLISHED_BEFORE


def _promoted(coming: list[Standing], active: list[Standing], gone: tuple[int, ...]) -> Steps:
    retire = tuple(key.id for key in active)
    if not coming:
        return Steps(make="active", retire=retire, drop=gone)
    others = tuple(key.id for key in coming[1:])
    return Steps(promote=coming[0].id, retire=retire, drop=gone + others)


def _by_state(
    keys: Iterable[Standing],
) -> tuple[list[Standing], list[Standing], list[Standing]]:
    newest_first = sorted(keys, key=lambda key: key.id, reverse=True)
    coming = [key for key in newest_first if key.state == "coming"]
    active = [key for key in newest_first if key.state == "active"]
    return coming, active, [key for key in newest_first if key.state == "retiring"]
