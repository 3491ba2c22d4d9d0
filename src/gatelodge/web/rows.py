"""Row identifiers as people and forms send them."""

LARGEST = (1 << 63) - 1
_LONGEST = len(str(LARGEST))


def row_id(text: str) -> int | None:
    """Return the identifier that ``text`` writes, ``None`` when no database could hold it."""
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST):
        return None
    number = int(text)
    return number if number <= LARGEST else None
