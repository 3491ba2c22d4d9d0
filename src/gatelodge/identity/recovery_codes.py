"""Recovery codes: written down on paper, each good for one sign-in without the other factors."""

from base64 import b32encode
from collections.abc import Sequence

COUNT = 10
"""How many a person gets at a time."""

RANDOM_BYTES = 10
"""How many fresh random bytes make one: 80 bits need no slow hash."""

LENGTH = RANDOM_BYTES * 8 // 5
_MISREAD = str.maketrans("018", "OIB")  # base 32 has none of these digits


def written(random: bytes) -> str:
    """Return ``RANDOM_BYTES`` fresh random bytes as a code for people: four groups of four."""
    text = b32encode(random).decode()
    return "-".join(text[at : at + 4] for at in range(0, LENGTH, 4))


def fresh(random: bytes) -> Sequence[str]:
    """Return ``COUNT`` codes, made of ``COUNT * RANDOM_BYTES`` fresh random bytes."""
    starts = range(0, COUNT * RANDOM_BYTES, RANDOM_BYTES)
    return tuple(written(random[at : at + RANDOM_BYTES]) for at in starts)


def canonical(typed: str) -> str:
    """Return what is digested of a code: letters' case, dashes and blanks do not matter."""
    return "".join(filter(str.isalnum, typed)).upper().translate(_MISREAD)


def looks_like_code(typed: str) -> bool:
    """Say whether what was typed has a recovery code's length."""
    return len(canonical(typed)) == LENGTH
