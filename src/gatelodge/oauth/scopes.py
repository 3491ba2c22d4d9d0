"""Scopes: what an access token may do (RFC 6749 section 3.3)."""

import re
from collections.abc import Collection

from gatelodge.oauth.errors import InvalidScope

OPENID = "openid"
PROFILE = "profile"
EMAIL = "email"
DEFAULT = "default"
"""What is granted when no scope was asked for, as VBC's clients expect."""

BASE = frozenset({OPENID, PROFILE, EMAIL, DEFAULT})
"""The scopes every client may ask for; others come with subscribed APIs."""

_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,200}")
_MOST = 50


def asked(text: str | None) -> tuple[str, ...]:
    """Return the scopes asked for, in order and once each; ``default`` when none was.

    Raises ``InvalidScope`` for characters a scope cannot have and for too many.
    """
    if text is None:
        return (DEFAULT,)
    names = tuple(dict.fromkeys(text.split(" ")))
    names = tuple(name for name in names if name)
    if len(names) > _MOST or not all(_SCOPE.fullmatch(name) for name in names):
        raise InvalidScope
    return names or (DEFAULT,)


def only_base(names: Collection[str]) -> bool:
    """Say whether these need no look at the application's subscriptions."""
    return BASE.issuperset(names)


def grant(names: Collection[str], allowed: Collection[str]) -> str:
    """Return the scope string to grant, exactly what was asked.

    Raises ``InvalidScope`` if one of them is not in ``allowed``: nothing is dropped silently.
    """
    if not all(name in allowed for name in names):
        raise InvalidScope
    return " ".join(names)


def narrow(granted: str, text: str | None) -> str:
    """Return the scope of a refreshed access token: what was granted, or the part asked for.

    Raises ``InvalidScope`` for anything wider (RFC 6749 section 6).
    """
    if text is None:
        return granted
    return grant(asked(text), granted.split(" "))


def has(scope: str, name: str) -> bool:
    """Say whether a scope string contains ``name``."""
    return name in scope.split(" ")
