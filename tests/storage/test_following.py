"""The change log is followed without a gap, even when rows appear out of order."""

from collections.abc import Sequence

from gatelodge.storage.changes import Change
from gatelodge.storage.following import PATIENCE, Follower


def rows(*numbers: int) -> list[Change]:
    """Return rows of the log with these numbers."""
    return [Change(id=number, kind="user", ref=number, stamp=0, until=0) for number in numbers]


def numbers(found: Sequence[Change]) -> list[int]:
    """Return the rows' numbers."""
    return [row.id for row in found]


def test_rows_in_order_are_taken_once() -> None:
    """What was seen before is not handed out again."""
    follower = Follower(10)

    assert numbers(follower.take(rows(11, 12))) == [11, 12]
    assert numbers(follower.take(rows(11, 12, 13))) == [13]
    assert follower.missing == []


def test_a_row_that_commits_late_is_asked_for_and_taken() -> None:
    """A number that was skipped stays wanted until its row appears."""
    follower = Follower(10)

    assert numbers(follower.take(rows(12))) == [12]
    assert follower.missing == [11]
    follower.wait()
    assert numbers(follower.take(rows(11))) == [11]
    assert follower.missing == []


def test_a_row_that_never_comes_is_given_up() -> None:
    """The number of an undone transaction is forgotten in the end."""
    follower = Follower(10)
    follower.take(rows(12))

    for _ in range(PATIENCE):
        follower.wait()

    assert follower.missing == []
    assert numbers(follower.take(rows(11))) == []


def test_a_great_leap_does_not_fill_memory() -> None:
    """After a long sleep only the nearest skipped numbers are waited for."""
    follower = Follower(0)
    follower.take(rows(1_000_000))

    assert len(follower.missing) == 1_000
