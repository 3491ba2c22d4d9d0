"""Rules for passwords that people choose: long enough, and not their own name.

No composition rules and no expiry (NIST SP 800-63B section 3.1.1): length is what helps.
"""

import unicodedata
from collections.abc import Iterable

from gatelodge.identity.errors import Invalid

USER_SHORTEST = 8
DEVELOPER_SHORTEST = 12
LONGEST = 256


def prepared(password: str) -> str:
    """Return a password as it is hashed: one spelling for letters that have several (NFC)."""
    return unicodedata.normalize("NFC", password)


def objection(password: str, names: Iterable[str], *, shortest: int) -> str | None:
    """Say in one sentence why a password may not be set, or ``None`` when it may.

    ``names`` are the person's e-mail address, login and the like.
    """
    length = len(prepared(password))
    if length < shortest:
        return f"A password has at least {shortest} characters."
    if length > LONGEST:
        return f"A password has at most {LONGEST} characters."
    folded = prepared(password).casefold()
    if folded in {name.casefold() for name in names}:
        return "A password may not be your own name or e-mail address."
    if len(set(folded)) == 1:
        return "A password may not be one character repeated."
    return None


def check_user(password: str, names: Iterable[str]) -> None:
    """Check a user's new password. Raises ``Invalid``."""
    _check(password, names, USER_SHORTEST)


def check_developer(password: str, names: Iterable[str]) -> None:
    """Check a developer's new password. Raises ``Invalid``."""
    _check(password, names, DEVELOPER_SHORTEST)


def _check(password: str, names: Iterable[str], shortest: int) -> None:
    problem = objection(password, names, shortest=shortest)
    if problem is not None:
        raise Invalid({"password": problem})
