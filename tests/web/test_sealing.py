"""Sealed values open unchanged, for their purpose, with the same secret, and not for ever."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatelodge.settings import Secrets
from gatelodge.web.sealing import BadSeal, seal, unseal

SECRETS = Secrets(b"s" * 32)
NOW = 1_800_000_000


class Value(msgspec.Struct, frozen=True):
    """What is sealed here."""

    text: str
    raw: bytes
    names: frozenset[str] = frozenset()


class Other(msgspec.Struct, frozen=True):
    """Something else."""

    number: int


VALUE = Value("é😀", b"\x00\xff", frozenset({"a", "b"}))


def sealed() -> str:
    """Return the value sealed for ten seconds."""
    return seal(SECRETS, "one", VALUE, NOW + 10)


def test_what_was_sealed_comes_back() -> None:
    """Text and bytes survive, and two seals of one value differ."""
    assert unseal(SECRETS, "one", sealed(), Value, NOW + 9) == VALUE
    assert sealed() != sealed()
    assert sealed().isascii()


@given(st.data())
def test_any_change_is_refused(data: st.DataObject) -> None:
    """One other bit anywhere, or a piece missing, and it does not open."""
    text = sealed()
    at = data.draw(st.integers(0, len(text) - 2))
    letter = data.draw(st.sampled_from("ABCXYZabcxyz019-_"))
    changed = text[:at] + letter + text[at + 1 :]
    for bad in ([changed] if changed != text else []) + [text[:at], text[at + 1 :]]:
        with pytest.raises(BadSeal):
            unseal(SECRETS, "one", bad, Value, NOW)


@given(st.text(max_size=200))
def test_anything_else_is_refused(text: str) -> None:
    """No text makes opening raise anything else."""
    with pytest.raises(BadSeal):
        unseal(SECRETS, "one", text, Value, NOW)


def test_purpose_secret_kind_and_time_count() -> None:
    """A seal for one thing opens no other."""
    text = sealed()
    with pytest.raises(BadSeal):
        unseal(SECRETS, "two", text, Value, NOW)
    with pytest.raises(BadSeal):
        unseal(Secrets(b"t" * 32), "one", text, Value, NOW)
    with pytest.raises(BadSeal):
        unseal(SECRETS, "one", text, Other, NOW)
    with pytest.raises(BadSeal):
        unseal(SECRETS, "one", text, Value, NOW + 10)
    with pytest.raises(BadSeal):
        unseal(SECRETS, "one", "A" * 100_000, Value, NOW)
