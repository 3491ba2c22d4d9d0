"""Linked identities: a person of ours who signs in with a provider's account.

Issuer and subject say who it is. An e-mail address never links anything by itself: whoever holds
the mailbox today is not who made the account, and not every provider checks addresses.
"""

import msgspec

from gatelodge.identity.errors import IdentityError
from gatelodge.identity.invites import email_objection
from gatelodge.providers import Provider, Side

PROOF = 600
"""How fresh, in seconds, a sign-in must be to link or unlink with it."""


class LinkedIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """One link; ``label`` is the address or name it is shown by. Times: seconds since the epoch."""

    id: int
    issuer: str
    subject: str
    side: Side
    person_id: int
    label: str
    created_at: int
    used_at: int


class LinkedElsewhere(IdentityError):
    """The provider's account belongs to somebody else here, or the person has another one."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            "This account cannot be linked: it is linked to somebody already, or you have linked "
            "another account of the same provider."
        )


class OnlyWayIn(IdentityError):
    """Unlinking would leave the person no way to sign in."""

    status = 409

    def __init__(self) -> None:
        super().__init__("This is your only way to sign in. Choose a password first.")


def is_fresh(auth_time: int, now: int) -> bool:
    """Say whether a sign-in is fresh enough to prove who asks to link or unlink."""
    return now - auth_time <= PROOF


def may_join(provider: Provider, email: str, *, verified: bool, invited: bool) -> bool:
    """Say whether a developer without an account may get one with this folded address.

    The provider has verified the address, the operator has named its domain, and whether an
    invitation is needed is the operator's choice as well.
    """
    if not verified or email_objection(email) is not None:
        return False
    if email.rpartition("@")[2] not in provider.email_domains:
        return False
    return provider.unknown_developers == "create" or (
        provider.unknown_developers == "invited" and invited
    )


def check_unlink(*, has_password: bool, has_passkey: bool, links: int) -> None:
    """Raise ``OnlyWayIn`` if the last of ``links`` is all there is to sign in with."""
    if not has_password and not has_passkey and links <= 1:
        raise OnlyWayIn
