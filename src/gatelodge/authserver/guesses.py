"""Guesses at consumer secrets, counted in memory and slowed down (RFC 6749 section 2.3.1).

Wrong secrets are counted for a client at one address, for an address and for a client; who goes
over a limit is told to wait, whatever they send. A client that has proven itself at an address is
never kept waiting there: strangers cannot lock it out, not even from behind the same proxy. That
gives a guesser nothing, since no rate finds one of 2**256 secrets; the counts keep the noise down.
"""

import msgspec

_MOST = 10_000
_LONGEST = 64


class Limit(msgspec.Struct, frozen=True):
    """So many wrong secrets cost nothing; further ones are taken at ``rate`` a second."""

    burst: int
    rate: float


PAIR = Limit(300, 0.5)
ADDRESS = Limit(1_000, 2.0)
CLIENT = Limit(3_000, 10.0)


class Counts(msgspec.Struct):
    """Leaky counts under one limit; of ten thousand names the longest known is forgotten first."""

    limit: Limit
    levels: dict[object, tuple[float, int]] = {}

    def pause(self, name: object, now: int) -> int:
        """Return for how many seconds the name has to wait, 0 for none."""
        over = self._level(name, now) - self.limit.burst + 1
        return 0 if over <= 0 else max(1, round(over / self.limit.rate))

    def count(self, name: object, now: int) -> None:
        """Count one wrong secret."""
        level = min(self._level(name, now) + 1, self.limit.burst)
        self.levels.pop(name, None)
        self.levels[name] = (level, now)
        if len(self.levels) > _MOST:
            del self.levels[next(iter(self.levels))]

    def _level(self, name: object, now: int) -> float:
        level, at = self.levels.get(name, (0.0, now))
        return max(0.0, level - (now - at) * self.limit.rate)


class Guesses:
    """What is remembered of wrong and right secrets on this node."""

    def __init__(self) -> None:
        self._pairs = Counts(PAIR)
        self._addresses = Counts(ADDRESS)
        self._clients = Counts(CLIENT)
        self._proven: dict[tuple[str, str], None] = {}

    def proven(self, client_id: str, address: str) -> bool:
        """Say whether the client has proven itself at this address before."""
        return (client_id, address) in self._proven

    def prove(self, client_id: str, address: str) -> None:
        """Remember that the client has proven itself at this address."""
        self._proven[client_id, address] = None
        if len(self._proven) > _MOST:
            del self._proven[next(iter(self._proven))]

    def pause(self, client_id: str, address: str, now: int) -> int:
        """Return for how many seconds this client has to wait at this address."""
        client_id = client_id[:_LONGEST]
        return max(
            self._pairs.pause((client_id, address), now),
            self._addresses.pause(address, now),
            self._clients.pause(client_id, now),
        )

    def fail(self, client_id: str, address: str, now: int) -> None:
        """Count a wrong secret."""
        client_id = client_id[:_LONGEST]
        self._pairs.count((client_id, address), now)
        self._addresses.count(address, now)
        self._clients.count(client_id, now)
