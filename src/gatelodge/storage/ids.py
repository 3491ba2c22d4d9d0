"""Time-ordered 63-bit identifiers: 41 bits of milliseconds, 10 of node, 12 of sequence."""

import threading
import time

EPOCH_MS = 1_704_067_200_000  # 2024-01-01: leaves the 41 bits until 2093
NODES = 1024
"""How many node numbers there are."""

_PER_MS = 4096


class Ids:
    """Hands out identifiers that are unique across nodes and never go backwards on this one."""

    def __init__(self, node: int) -> None:
        self._node = node << 12
        self._lock = threading.Lock()
        self._millisecond = 0
        self._sequence = 0

    def move(self, node: int) -> None:
        """Go on as another node."""
        self._node = node << 12

    def next(self) -> int:
        """Return a fresh identifier; a clock that jumps back is waited out by counting on."""
        with self._lock:
            now = time.time_ns() // 1_000_000 - EPOCH_MS
            if now > self._millisecond:
                self._millisecond = now
                self._sequence = 0
            else:
                self._sequence += 1
                if self._sequence == _PER_MS:
                    self._millisecond += 1
                    self._sequence = 0
            return self._millisecond << 22 | self._node | self._sequence


def first_at(seconds: int) -> int:
    """Return the smallest identifier that could have been made at ``seconds`` since the epoch."""
    return max(0, seconds * 1000 - EPOCH_MS) << 22
