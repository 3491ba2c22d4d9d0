"""How long is waited before a request is repeated."""

import pytest

from gatelodge_client.retrying import Retrying, told_wait

# 2026-08-21 10:00:00 UTC
NOW = 1_787_306_400.0


@pytest.mark.parametrize(
    ("retry_after", "next_access", "expected"),
    [
        ("7", "", 7.0),
        (" 1.5 ", "", 1.5),
        ("Fri, 21 Aug 2026 10:00:30 GMT", "", 30.0),
        ("Fri, 31 Dec 1999 23:59:59 GMT", "", 0.0),
        ("Fri, 31 Dec 1999 23:59:59 GMT", "2026-Aug-21 10:05:00+0000 UTC", 300.0),
        ("", "2026-Aug-21 10:05:00+0000 UTC", 300.0),
        ("", "2026-Aug-21 09:00:00+0000 UTC", 0.0),
        ("", "2026-Foo-21 10:05:00+0000 UTC", None),
        ("", "2026-Feb-31 10:05:00+0000 UTC", None),
        ("soon", "", None),
        ("-5", "", None),
        ("", "", None),
    ],
)
def test_what_a_server_asks_for(retry_after: str, next_access: str, expected: float | None) -> None:
    """Seconds, an HTTP date, or WSO2's nextAccessTime; what cannot be read is no wish."""
    assert told_wait(retry_after, next_access, NOW) == expected


def test_backoff_grows_to_its_cap() -> None:
    """Without a server's word waits double, between half and all, and end at the longest."""
    low, high = Retrying(chance=lambda: 0.0), Retrying(chance=lambda: 1.0)
    assert [low.backoff(n) for n in (1, 2, 3)] == [0.25, 0.5, 1.0]
    assert [high.backoff(n) for n in (1, 2, 3, 50)] == [0.5, 1.0, 2.0, 60.0]


def test_told_waits_are_kept() -> None:
    """Never before the time the server named; a time in the past is no word."""
    rules = Retrying(chance=lambda: 1.0)
    assert rules.wait(1, 10.0) == 10.5
    assert rules.wait(1, 0.0) == 0.5


def test_giving_up() -> None:
    """After the last attempt, and when the server wants more patience than is set."""
    rules = Retrying(attempts=2, longest=60.0, chance=lambda: 0.0)
    assert rules.wait(2, None) is None
    assert rules.wait(1, 61.0) is None
    assert Retrying(chance=lambda: 0.5).wait(1, 60.0) is not None
