"""How names are compared: two that look alike in case or width count as one."""

import unicodedata


def folded(name: str) -> str:
    """Return the form of ``name`` that comparisons and searches use."""
    return unicodedata.normalize("NFKC", name).casefold().strip()
