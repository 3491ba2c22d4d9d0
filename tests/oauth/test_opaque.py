"""Opaque credentials: only what was written is read."""

from base64 import urlsafe_b64encode

from hypothesis import example, given
from hypothesis import strategies as st

from gatelodge.oauth import opaque

IDS = st.integers(min_value=0, max_value=2**63 - 1)
SECRETS = st.binary(min_size=32, max_size=32)


@given(IDS, SECRETS)
def test_what_was_written_is_read_back(row_id: int, secret: bytes) -> None:
    """Identifier and secret survive, under their prefix only."""
    text = opaque.write(opaque.CODE, row_id, secret)
    assert opaque.read(opaque.CODE, text) == opaque.Opaque(row_id, secret)
    assert opaque.read(opaque.REFRESH_TOKEN, text) is None


@given(IDS, SECRETS, st.integers(0, 63), st.characters())
def test_a_changed_character_is_noticed(
    row_id: int, secret: bytes, at: int, character: str
) -> None:
    """One other character anywhere, the last one's spare bits included, makes it unreadable."""
    text = opaque.write(opaque.CODE, row_id, secret)
    changed = text[:at] + character + text[at + 1 :]
    if changed != text:
        assert opaque.read(opaque.CODE, changed) is None


@given(st.text(max_size=80))
@example("glac_" + "é" * 59)
@example("glac_" + "=" * 59)
@example("glac_" + urlsafe_b64encode(bytes(9)).decode() + "!" * 47)
def test_anything_else_is_none(text: str) -> None:
    """No text makes reading raise."""
    assert opaque.read(opaque.CODE, text) is None


def test_a_row_no_database_can_hold_is_none() -> None:
    """Identifiers are 63 bits: a well-formed credential with a larger one is refused unread."""
    assert opaque.read(opaque.CODE, opaque.write(opaque.CODE, 1 << 63, bytes(32))) is None
