"""TOTP against the RFC's own vectors; steps are spent; what apps and people read."""

from urllib.parse import parse_qs, urlsplit

import pytest

from gatelodge.identity import totp

SECRET = b"12345678901234567890"
NOW = 1_800_000_000


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (59, "94287082"),
        (1_111_111_109, "07081804"),
        (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"),
        (20_000_000_000, "65353130"),
    ],
)
def test_the_vectors_of_rfc_6238(at: int, expected: str) -> None:
    """Appendix B, SHA-1, its eight digits cut to our six."""
    assert totp.code(SECRET, at // totp.STEP) == expected[-6:]


def test_a_clock_may_be_one_step_off() -> None:
    """The code before and the one after count, the ones beyond do not."""
    step = NOW // totp.STEP
    for drift in (-1, 0, 1):
        typed = totp.code(SECRET, step + drift)
        assert totp.matching_step(SECRET, typed, NOW, 0) == step + drift
    for drift in (-2, 2):
        assert totp.matching_step(SECRET, totp.code(SECRET, step + drift), NOW, 0) is None


def test_a_step_counts_once() -> None:
    """A code of the last step spent, or of one before it, is no longer right."""
    step = NOW // totp.STEP
    typed = totp.code(SECRET, step)
    assert totp.matching_step(SECRET, typed, NOW, step - 1) == step
    assert totp.matching_step(SECRET, typed, NOW, step) is None
    assert totp.matching_step(SECRET, typed, NOW, step + 1) is None


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("123456", True),
        (" 123 456 ", True),
        ("12345", False),
        ("1234567", False),
        ("12345a", False),
        ("١٢٣٤٥٦", False),
        ("", False),
    ],
)
def test_what_looks_like_a_code(typed: str, expected: bool) -> None:  # noqa: FBT001 - parametrised
    """Six ASCII digits, blanks anywhere."""
    assert totp.looks_like_code(typed) is expected


def test_blanks_do_not_matter() -> None:
    """People type codes as apps show them: in two groups."""
    typed = totp.code(SECRET, NOW // totp.STEP)
    assert totp.matching_step(SECRET, f" {typed[:3]} {typed[3:]}", NOW, 0) is not None
    assert totp.matching_step(SECRET, "ä", NOW, 0) is None


def test_what_apps_and_people_read() -> None:
    """The address names issuer and person, escaped; the secret is base 32 without padding."""
    address = totp.address(SECRET, "My Lodge: & Co", "jsmith@vbc.prod")
    parts = urlsplit(address)
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert parts.path == "/My%20Lodge%3A%20%26%20Co:jsmith@vbc.prod"
    assert parse_qs(parts.query) == {
        "secret": ["GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"],
        "issuer": ["My Lodge: & Co"],
    }
    assert totp.readable(SECRET) == "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"
