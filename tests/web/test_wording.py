"""Times and lengths of time in words."""

import pytest

from gatelodge.web import wording

NOW = 1_800_000_000


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "1 second"),
        (90, "90 seconds"),
        (60, "1 minute"),
        (3_600, "1 hour"),
        (86_400, "24 hours"),
        (604_800, "7 days"),
        (0, "0 seconds"),
    ],
)
def test_lengths_in_words(seconds: int, words: str) -> None:
    """The largest whole unit is used; a day is told in hours."""
    assert wording.duration(seconds) == words


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (NOW, "just now"),
        (NOW - 44, "just now"),
        (NOW + 30, "in a moment"),
        (NOW - 46, "46 seconds ago"),
        (NOW - 59, "1 minute ago"),
        (NOW - 3_600, "1 hour ago"),
        (NOW + 86_390, "in 1 day"),
        (NOW - 10 * 86_400, "10 days ago"),
    ],
)
def test_moments_in_words(moment: int, words: str) -> None:
    """Moments are told as seen from now."""
    assert wording.relative(moment, NOW) == words


def test_the_exact_time_is_kept() -> None:
    """The element carries the exact time for machines and as a title."""
    element = wording.time_element(NOW - 60, NOW)
    assert 'datetime="2027-01-15T07:59:00+00:00"' in element
    assert 'title="15 January 2027, 07:59 UTC"' in element
