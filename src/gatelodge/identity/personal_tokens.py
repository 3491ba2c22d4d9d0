"""Personal access tokens: what a developer's own programs act with at the management API.

A developer chooses what one may do and until when. Whoever holds it acts as that developer, on
what is theirs, and on nothing that only a role allows.
"""

from collections.abc import Iterable, Mapping

import msgspec

from gatelodge.identity.errors import Invalid

SCOPES: Mapping[str, str] = {
    "applications:read": "See your applications",
    "applications:write": "Add, change and delete your applications",
    "keys:read": "See consumer keys and their settings, never a secret",
    "keys:write": "Generate, change and delete keys and secrets, and issue test tokens",
    "subscriptions:read": "See what your applications are subscribed to",
    "subscriptions:write": "Subscribe, change plans and unsubscribe",
    "apis:read": "See the API directory, plans and quotas",
    "audit:read": "See the activity log of your account and applications",
}
"""What a personal access token may be allowed, each with a sentence; writing includes reading."""

_DAY = 86_400
LIVES: Mapping[str, int | None] = {"30": 30, "90": 90, "365": 365, "custom": None}
"""How many days one works, by the name forms use; ``None``: as many as are typed."""
DEFAULT_LIFE = "30"
LONGEST_LIFE = 365
LONGEST_NAME = 60
MOST = 50
"""So many one developer may have, those that have expired included."""

_LONGEST_NUMBER = 4


class PersonalToken(msgspec.Struct, frozen=True, kw_only=True):
    """A personal access token at rest; ``tail`` are its last letters, shown to recognise it by."""

    id: int
    developer_id: int
    digest: bytes
    tail: str
    name: str
    scopes: frozenset[str]
    created_at: int
    expires_at: int
    last_used_at: int | None = None

    def alive(self, now: int) -> bool:
        """Say whether it still works at ``now``."""
        return now < self.expires_at

    def allows(self, scope: str) -> bool:
        """Say whether it may do what ``scope`` names; who may change a thing may see it."""
        area, _, right = scope.partition(":")
        return scope in self.scopes or (right == "read" and f"{area}:write" in self.scopes)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a developer fills in; ``days`` counts where ``life`` is ``custom``."""

    name: str = ""
    scopes: frozenset[str] = frozenset()
    life: str = DEFAULT_LIFE
    days: str = ""


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What may be made of that; ``seconds`` is how long it works."""

    name: str
    scopes: frozenset[str]
    seconds: int


def check(wanted: Wanted, there: int) -> Draft:
    """Return what may be made for a developer who has ``there`` of them.

    Raises ``Invalid`` with a sentence for each field.
    """
    name = " ".join(wanted.name.split())
    days = _days(wanted)
    problems = dict(_problems(name, wanted, days))
    if there >= MOST:
        problems = {"name": f"You have {MOST} personal access tokens. Revoke one of them first."}
    if problems:
        raise Invalid(problems)
    return Draft(name=name, scopes=wanted.scopes, seconds=days * _DAY)


def _problems(name: str, wanted: Wanted, days: int) -> Iterable[tuple[str, str]]:
    if not name:
        yield "name", "Enter a name."
    elif len(name) > LONGEST_NAME or not name.isprintable():
        yield "name", f"Use at most {LONGEST_NAME} letters, digits, spaces and punctuation."
    if not wanted.scopes:
        yield "scopes", "Choose what it may do."
    elif not wanted.scopes <= SCOPES.keys():
        yield "scopes", "Choose from the list."
    if wanted.life not in LIVES:
        yield "life", "Choose how long it works."
    elif not 1 <= days <= LONGEST_LIFE:
        yield "days", f"Enter 1 to {LONGEST_LIFE} days."


def _days(wanted: Wanted) -> int:
    chosen = LIVES.get(wanted.life, 0)
    if chosen is not None:
        return chosen
    text = wanted.days.strip()
    usable = text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER
    return int(text) if usable else 0
