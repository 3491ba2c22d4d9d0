"""Passwords are long enough and not one's own name; nothing else is asked of them."""

import pytest

from gatelodge.identity import passwords
from gatelodge.identity.errors import Invalid

NAMES = ("jsmith", "JSmith@example.com")


@pytest.mark.parametrize(
    "password", ["a few plain words", "12345678", "пароль-пароль", " " * 7 + "x"]
)
def test_length_is_enough(password: str) -> None:
    """No kinds of characters are asked for."""
    passwords.check_user(password, NAMES)


@pytest.mark.parametrize(
    "password",
    ["", "short", "1234567", "x" * 257, "jsmith@EXAMPLE.com", "aaaaaaaaaaaa", "e\u0301" * 7],
)
def test_what_cannot_be_a_password(password: str) -> None:
    """Too short (letters counted, not code points), too long, one's own name, one letter."""
    with pytest.raises(Invalid) as refused:
        passwords.check_user(password, NAMES)
    assert set(refused.value.problems) == {"password"}


def test_developers_need_twelve_characters() -> None:
    """A developer's password opens more, so that it is longer."""
    with pytest.raises(Invalid):
        passwords.check_developer("eleven char", NAMES)
    passwords.check_developer("twelve chars", NAMES)


def test_two_spellings_of_a_letter_are_one() -> None:
    """A password typed on another keyboard is the same password."""
    assert passwords.prepared("cafe\u0301") == passwords.prepared("caf\u00e9")
