"""Factors: what a person has to prove who they are beside the password, and what that is called.

Methods are named as in RFC 8176: ``pwd`` a password, ``otp`` a one-time code (of an app or off the
paper with recovery codes), ``hwk`` and ``swk`` a key in hardware or one that is copied between
devices, ``user`` somebody was there to touch the device, ``mfa`` two factors or more.
"""

from collections.abc import Sequence

import msgspec

from gatelodge.identity.sessions import Kind, Session

PASSWORD = ("pwd",)
ONE_TIME_CODE = ("otp",)
SEVERAL = "mfa"

FRESH = 600
"""How long, in seconds, after a sign-in the ways to sign in may be changed."""

LONGEST_PASSKEY_NAME = 60
MOST_PASSKEYS = 20


class Person(msgspec.Struct, frozen=True):
    """A developer or a user, by row."""

    kind: Kind
    id: int


class Factors(msgspec.Struct, frozen=True, kw_only=True):
    """What a person has: an authenticator app, passkeys, unspent recovery codes."""

    totp: bool = False
    passkeys: int = 0
    recovery_codes: int = 0

    @property
    def any(self) -> bool:
        """Whether a password alone is not enough; recovery codes only stand in for the others."""
        return self.totp or self.passkeys > 0


class Passkey(msgspec.Struct, frozen=True, kw_only=True):
    """A passkey's public half; ``single_device`` keys never leave the device they were made on."""

    id: int
    kind: Kind
    person_id: int
    credential_id: bytes
    public_key: bytes
    sign_count: int
    single_device: bool
    name: str
    created_at: int
    last_used_at: int | None = None

    @property
    def person(self) -> Person:
        """Whose it is."""
        return Person(self.kind, self.person_id)


def second_step_needed(amr: Sequence[str], factors: Factors) -> bool:
    """Say whether what was proven so far is not enough for this person."""
    return factors.any and SEVERAL not in amr


def together(first: Sequence[str], second: Sequence[str]) -> tuple[str, ...]:
    """Return the methods of two factors that were proven one after the other."""
    return tuple(dict.fromkeys((*first, *second, SEVERAL)))


def passkey_methods(*, single_device: bool, verified: bool) -> tuple[str, ...]:
    """Return what a passkey proves; one unlocked by PIN or finger is two factors by itself."""
    held = "hwk" if single_device else "swk"
    return (held, "user", SEVERAL) if verified else (held, "user")


def fresh(session: Session, now: int) -> bool:
    """Say whether the person proved so recently who they are that factors may be changed."""
    return now - session.auth_time < FRESH


def passkey_name_objection(name: str) -> str | None:
    """Say in one sentence why a passkey cannot be called so, or ``None`` when it can."""
    if not name:
        return "Enter a name, so that you can tell your passkeys apart."
    if len(name) > LONGEST_PASSKEY_NAME or not name.isprintable():
        return f"A name has at most {LONGEST_PASSKEY_NAME} characters and no line breaks."
    return None
