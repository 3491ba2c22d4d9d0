"""Invitations: a one-time link that lets a person become a developer of the portal."""

import re
from collections.abc import Collection
from typing import cast

import msgspec

from gatelodge.identity.developers import Role
from gatelodge.identity.errors import Invalid

LIFETIME = 7 * 86_400
"""How long a link works, in seconds."""

LONGEST_EMAIL = 254
LONGEST_NAME = 200
ROLES: tuple[Role, ...] = ("developer", "publisher", "administrator")

_EMAIL = re.compile(r"[^\s@\x00-\x1f\x7f]+@[^\s@\x00-\x1f\x7f]+")


class Invite(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation; only the digest of its link's secret is kept. Times: seconds since epoch."""

    id: int
    digest: bytes
    developer_id: int
    created_at: int
    expires_at: int
    spent_at: int | None = None

    def open(self, now: int) -> bool:
        """Say whether the link still works at ``now``."""
        return self.spent_at is None and now < self.expires_at


def email_of(text: str) -> str:
    """Return an e-mail address as it is stored: without blanks around it, letters folded."""
    return text.strip().casefold()


def email_objection(email: str) -> str | None:
    """Say in one sentence why an address cannot be used, or ``None`` when it can."""
    if not email:
        return "Enter an e-mail address."
    if len(email) > LONGEST_EMAIL or not _EMAIL.fullmatch(email):
        return "Enter an e-mail address like name@example.com."
    return None


def name_objection(name: str) -> str | None:
    """Say in one sentence why a name cannot be used, or ``None`` when it can."""
    if not name:
        return "Enter a name."
    if len(name) > LONGEST_NAME or not name.isprintable():
        return f"A name has at most {LONGEST_NAME} characters and no line breaks."
    return None


def roles_of(names: Collection[str]) -> frozenset[Role]:
    """Return roles by their names; everybody is a developer. Raises ``Invalid``."""
    unknown = sorted(set(names) - set(ROLES))
    if unknown:
        raise Invalid({"roles": f"There is no role {unknown[0]!r}; there are {', '.join(ROLES)}."})
    return cast("frozenset[Role]", frozenset(names) | {"developer"})
