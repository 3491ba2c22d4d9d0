"""Exact call limits of all nodes together: the windows of ``limits``, counted in Valkey.

One script looks at all limits of a call and spends them, or none. Windows end at full seconds of
Valkey's clock, so that the clocks of nodes need not agree.
"""

from collections.abc import Sequence
from typing import Any, Literal, Protocol, cast

from gatelodge.gateway.limits import Limit, Limits, Standing, UsedUp
from gatelodge.storage.valkey import Script, Valkey, ValkeyAway

WhenAway = Literal["local", "deny", "allow"]

_SCRIPT = Script(
    """
local now = tonumber(redis.call('TIME')[1])
local answer = {now, 0}
for i, key in ipairs(KEYS) do
  local calls, used, ends = tonumber(ARGV[2 * i]), 0, now + tonumber(ARGV[2 * i + 1])
  local found = redis.call('GET', key)
  if found then
    local at = redis.call('EXPIRETIME', key)
    if at > now then used, ends = tonumber(found), at end
  end
  if used >= calls and answer[2] == 0 then answer[2] = i end
  answer[2 * i + 1], answer[2 * i + 2] = used, ends
end
if ARGV[1] == '1' and answer[2] == 0 then
  for i, key in ipairs(KEYS) do
    local used = answer[2 * i + 1]
    if used == 0 then
      redis.call('SET', key, 1, 'EXAT', answer[2 * i + 2])
    else
      redis.call('INCR', key)
    end
    answer[2 * i + 1] = used + 1
  end
end
return answer
"""
)


class Counter(Protocol):
    """Counts calls; see ``limits.Limits``, whose answers are those of every counter."""

    async def spend(self, limits: Sequence[Limit], now: int) -> Sequence[Standing]:
        """Count one call against every limit, or raise ``UsedUp`` and count none."""

    async def look(self, limits: Sequence[Limit], now: int) -> Sequence[Standing]:
        """Return how each limit stands; nothing where that cannot be known."""


class OwnLimits:
    """What one node counts by itself, in memory: nothing is awaited."""

    def __init__(self) -> None:
        self._limits = Limits()

    async def spend(self, limits: Sequence[Limit], now: int) -> Sequence[Standing]:
        """Count one call."""
        return self._limits.spend(limits, now)

    async def look(self, limits: Sequence[Limit], now: int) -> Sequence[Standing]:
        """Return how each limit stands."""
        return self._limits.look(limits, now)


class SharedLimits:
    """What all nodes count together; ``when_away`` says what to do without Valkey.

    ``local``: each node counts by itself. ``deny``: calls that count are refused (503). ``allow``:
    they pass uncounted.
    """

    def __init__(self, valkey: Valkey, when_away: WhenAway) -> None:
        self._valkey = valkey
        self._when_away = when_away
        self._own = Limits()

    async def spend(self, limits: Sequence[Limit], now: int) -> Sequence[Standing]:
        """Count one call. Raises ``UsedUp``, and ``ValkeyAway`` to deny."""
        try:
            refused, standings = await self._ask(limits, now, spend=True)
        except ValkeyAway:
            if self._when_away == "deny":
                raise
            return [] if self._when_away == "allow" else self._own.spend(limits, now)
        if refused:
            raise UsedUp(standings[refused - 1], standings)
        return standings

    async def look(self, limits: Sequence[Limit], now: int) -> Sequence[Standing]:
        """Return how each limit stands, nothing where nobody counts."""
        try:
            return (await self._ask(limits, now, spend=False))[1]
        except ValkeyAway:
            return self._own.look(limits, now) if self._when_away == "local" else []

    async def _ask(
        self, limits: Sequence[Limit], now: int, *, spend: bool
    ) -> tuple[int, list[Standing]]:
        keys = [self._key(limit) for limit in limits]
        arguments = [int(spend)]
        for limit in limits:
            arguments += (limit.calls, limit.period)
        answer = await self._valkey.run(_SCRIPT, keys, arguments)
        return answer[1], _standings(limits, answer, now)

    def _key(self, limit: Limit) -> str:
        application, other = cast("tuple[int, int]", limit.owner)
        # In braces: what a cluster keeps on one server.
        return f"{self._valkey.prefix}:{{{application}}}:{limit.name}:{other}:{limit.period}"


def _standings(limits: Sequence[Limit], answer: Sequence[Any], now: int) -> list[Standing]:
    theirs = answer[0]
    pairs = zip(answer[2::2], answer[3::2], strict=True)
    return [
        Standing(limit, max(limit.calls - used, 0), now + ends - theirs)
        for limit, (used, ends) in zip(limits, pairs, strict=True)
    ]
