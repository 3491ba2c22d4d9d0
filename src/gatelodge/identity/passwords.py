"""Rules for passwords that people choose: long, unknown to guessers, and not about themselves.

NIST SP 800-63B-4 section 3.1.1.2: at least 15 characters where the password may be the only proof
(a second factor is everybody's own choice here), no rules about kinds of characters, no expiry,
and a list of what guessers try first. See docs/decisions/021-passwords.md.
"""

import itertools
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator

from gatelodge.identity.errors import Invalid

SHORTEST = 15
LONGEST = 256

IsCommon = Callable[[str], bool]
"""Says whether a folded word is among the passwords guessers try first."""

_ADVICE = "Take four or more words that do not belong together."
_LEAST_OWN = 6
_SHORTEST_WORD = 4
_TURNS = {("9", "0"), ("0", "9")}
_ENDS = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_REPEATED = re.compile(r"(.+?)\1+", re.DOTALL)


def prepared(password: str) -> str:
    """Return a password as it is hashed: one spelling for letters that have several (NFC)."""
    return unicodedata.normalize("NFC", password)


def objection(password: str, names: Iterable[str], is_common: IsCommon) -> str | None:
    """Say in a sentence or two why a password may not be set, or ``None`` when it may.

    ``names`` are the person's e-mail address, login and the like, and the product's name.
    """
    length = len(prepared(password))
    if length < SHORTEST:
        return f"A password has at least {SHORTEST} characters. {_ADVICE}"
    if length > LONGEST:
        return f"A password has at most {LONGEST} characters."
    folded = prepared(password).casefold()
    if _is_row(folded):
        return f"That is a row of characters which guessers try first. {_ADVICE}"
    if _is_about(folded, names):
        return f"That is little more than a name which guessers try first. {_ADVICE}"
    if any(is_common(stem) for stem in stems(folded)):
        return f"That is a common password, or one in disguise. {_ADVICE}"
    return None


def check(password: str, names: Iterable[str], is_common: IsCommon) -> None:
    """Check a new password. Raises ``Invalid``."""
    problem = objection(password, names, is_common)
    if problem is not None:
        raise Invalid({"password": problem})


def stems(folded: str) -> Iterator[str]:
    """Yield what is looked up: the whole, its core without padding, the part that is repeated."""
    yield folded
    core = stem(folded)
    yield core
    for text in (folded, core):
        repeated = _REPEATED.fullmatch(text)
        if repeated is not None:
            yield stem(repeated[1])


def stem(text: str) -> str:
    """Return a text without the digits and signs around it."""
    return _ENDS.sub("", text)


def _is_row(folded: str) -> bool:
    """Say whether each character follows from the one before: aaaa, 12345, zyxw."""
    pairs = itertools.pairwise(folded)
    return all((one, two) in _TURNS or abs(ord(one) - ord(two)) <= 1 for one, two in pairs)


def _is_about(folded: str, names: Iterable[str]) -> bool:
    """Say whether little is left once the names are taken out (context-specific words)."""
    words = {part for name in names for part in _words(name.casefold())}
    left = folded
    for word in sorted(words, key=len, reverse=True):
        left = left.replace(word, "")
    return left != folded and len(stem(left)) < _LEAST_OWN


def _words(name: str) -> Iterator[str]:
    for part in (name, *re.split(r"[\W_]+", name)):
        if len(part) >= _SHORTEST_WORD:
            yield part
