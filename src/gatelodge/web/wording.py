"""Numbers and times in words, for pages."""

from datetime import UTC, datetime

from markupsafe import Markup

_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
_RECENT = 45
_NEARLY = 0.95


def duration(seconds: int) -> str:
    """Return a length of time in its largest whole unit: ``24 hours``, ``7 days``, ``90 seconds``.

    A single day is told in hours, as people do with tokens.
    """
    for size, unit in _UNITS:
        if seconds % size == 0 and seconds // size >= (2 if unit == "day" else 1):
            return _counted(seconds // size, unit)
    return _counted(seconds, "second")


def relative(moment: int, now: int) -> str:
    """Return a moment as seen from ``now``: ``just now``, ``3 hours ago``, ``in 2 days``."""
    distance = abs(now - moment)
    if distance < _RECENT:
        return "just now" if moment <= now else "in a moment"
    # Rounded, so that 23 hours and 59 minutes read as a day.
    size, unit = next(one for one in _UNITS if distance >= one[0] * _NEARLY)
    words = _counted(max(1, round(distance / size)), unit)
    return f"{words} ago" if moment < now else f"in {words}"


def time_element(moment: int, now: int) -> Markup:
    """Return ``<time>`` with the relative time as its text and the exact one as its title."""
    exact = datetime.fromtimestamp(moment, UTC)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        exact.isoformat(), exact.strftime("%d %B %Y, %H:%M UTC"), relative(moment, now)
    )


def _counted(number: int, unit: str) -> str:
    return f"{number:,} {unit}" if number == 1 else f"{number:,} {unit}s"
