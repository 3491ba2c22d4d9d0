"""Passwords are long, not what guessers try first and not one's own name; nothing else is asked."""

import pytest

from gatelodge.identity import passwords
from gatelodge.identity.errors import Invalid

NAMES = ("jsmith", "JSmith@example.com", "Gatelodge", "Al")
COMMON = {"password", "1qaz2wsx3edc4rfv", "iloveyou", "al"}


def is_common(word: str) -> bool:
    """Stand where the bundled list is looked up."""
    return word in COMMON


@pytest.mark.parametrize(
    "password",
    [
        "three plain words",
        "482910557301846",
        "долгий-пароль-из-слов",
        " " * 7 + "xyz" + " " * 7,
        "my password is longer",
        "jsmith likes walking",
        "x1" * 128,
        "al al al al al al",
    ],
)
def test_length_is_enough(password: str) -> None:
    """No kinds of characters are asked for, and a name or common word within is no harm."""
    passwords.check(password, NAMES, is_common)


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("", "at least 15"),
        ("fourteen chars", "at least 15"),
        ("e\u0301" * 14, "at least 15"),
        ("x1" * 128 + "x", "at most 256"),
        ("a" * 20, "row of characters"),
        ("123456789012345", "row of characters"),
        ("zyxwvutsrqponmlk", "row of characters"),
        ("jsmith@EXAMPLE.com", "little more than a name"),
        ("Gatelodge-2026!!", "little more than a name"),
        ("gatelodgejsmith", "little more than a name"),
        ("1qaz2wsx3edc4rfv", "common password"),
        ("PassWord2026!!!!", "common password"),
        ("passwordpassword", "common password"),
        ("iloveyou1iloveyou1", "common password"),
        ("123iloveyouiloveyou", "common password"),
    ],
)
def test_what_cannot_be_a_password(password: str, why: str) -> None:
    """Each refusal says its reason (letters are counted, not code points), and most say a way."""
    with pytest.raises(Invalid, match=why) as refused:
        passwords.check(password, NAMES, is_common)
    assert set(refused.value.problems) == {"password"}


def test_two_spellings_of_a_letter_are_one() -> None:
    """A password typed on another keyboard is the same password."""
    assert passwords.prepared("cafe\u0301") == passwords.prepared("caf\u00e9")
