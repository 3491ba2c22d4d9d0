"""When a second step is needed, what two steps prove together, and how recent is recent."""

import pytest

from gatelodge.identity import factors
from gatelodge.identity.factors import Factors, Passkey, Person
from gatelodge.identity.sessions import Session

NOW = 1_800_000_000


@pytest.mark.parametrize(
    ("amr", "found", "needed"),
    [
        (("pwd",), Factors(), False),
        (("pwd",), Factors(totp=True), True),
        (("pwd",), Factors(passkeys=1), True),
        (("pwd",), Factors(recovery_codes=10), False),
        (("fed",), Factors(totp=True), True),
        (("hwk", "user", "mfa"), Factors(totp=True, passkeys=1), False),
    ],
)
def test_when_a_second_step_is_needed(
    amr: tuple[str, ...],
    found: Factors,
    needed: bool,  # noqa: FBT001 - parametrised
) -> None:
    """Whoever has an app or a passkey proves two factors; recovery codes alone ask for nothing."""
    assert factors.second_step_needed(amr, found) is needed


def test_two_steps_together() -> None:
    """Both steps' methods and that there were several, each once."""
    assert factors.together(("pwd",), ("otp",)) == ("pwd", "otp", "mfa")
    assert factors.together(("pwd",), ("hwk", "user", "mfa")) == ("pwd", "hwk", "user", "mfa")


def test_what_a_passkey_proves() -> None:
    """Unlocked by its holder it is two factors; a copied key is not called hardware."""
    assert factors.passkey_methods(single_device=True, verified=True) == ("hwk", "user", "mfa")
    assert factors.passkey_methods(single_device=False, verified=True) == ("swk", "user", "mfa")
    assert factors.passkey_methods(single_device=True, verified=False) == ("hwk", "user")


def test_how_recent_a_sign_in_has_to_be() -> None:
    """Ten minutes."""
    session = Session(
        id=1,
        digest=b"",
        kind="user",
        subject_id=1,
        auth_time=NOW,
        amr=("pwd",),
        created_at=NOW,
        seen_at=NOW,
        expires_at=NOW + 1,
        address="",
        user_agent="",
    )
    assert factors.fresh(session, NOW + 599)
    assert not factors.fresh(session, NOW + 600)


@pytest.mark.parametrize("name", ["", "x" * 61, "a\nb"])
def test_names_that_no_passkey_can_have(name: str) -> None:
    """None, a long one, one with a line break."""
    assert factors.passkey_name_objection(name)


def test_a_good_name_and_an_owner() -> None:
    """Sixty characters will do; a passkey knows whose it is."""
    assert factors.passkey_name_objection("x" * 60) is None
    passkey = Passkey(
        id=1,
        kind="user",
        person_id=22,
        credential_id=b"c",
        public_key=b"p",
        sign_count=0,
        single_device=True,
        name="Phone",
        created_at=NOW,
    )
    assert passkey.person == Person("user", 22)
