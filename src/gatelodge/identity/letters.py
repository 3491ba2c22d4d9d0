"""Mail that waits to be sent: what it tells to whom, and when the next try is due.

A letter holds no link and no text. Both are made when it is sent, so that nothing secret waits in
the store and a link's lifetime starts when its mail leaves, however long the mail server was away.
"""

from typing import Literal

import msgspec

from gatelodge.identity.sessions import Kind

LetterKind = Literal["reset", "invite", "password-changed"]

LEASE = 300
"""How long, in seconds, a letter belongs to the node that is sending it."""

_FIRST_PAUSE = 15
_LONGEST_PAUSE = 1_800
_DAY = 86_400
_PATIENCE = {"reset": _DAY, "invite": 5 * _DAY, "password-changed": 5 * _DAY}


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """One letter. ``person_id`` is ``None`` where nobody was found: such a letter is dropped.

    Times are seconds since the epoch; ``next_at`` is when it is due.
    """

    id: int
    kind: LetterKind
    person_kind: Kind
    person_id: int | None
    created_at: int
    next_at: int
    attempts: int = 0


def next_try(letter: Letter, now: int) -> int | None:
    """Return when to try again after a failure, ``None`` when it is no use any more.

    Pauses double from a quarter of a minute up to half an hour; a reset is wanted for a day, the
    rest for five.
    """
    if now - letter.created_at >= _PATIENCE[letter.kind]:
        return None
    doubled: int = _FIRST_PAUSE << min(letter.attempts, 10)
    return now + min(_LONGEST_PAUSE, doubled)
