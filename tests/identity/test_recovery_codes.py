"""Recovery codes as they are written down and as they are typed."""

from gatelodge.identity import recovery_codes


def test_ten_different_codes() -> None:
    """A hundred random bytes make ten codes of four groups of four."""
    codes = recovery_codes.fresh(bytes(range(100)))
    assert len(set(codes)) == recovery_codes.COUNT
    assert {len(code) for code in codes} == {19}
    assert codes[0] == "AAAQ-EAYE-AUDA-OCAJ"


def test_how_it_is_typed_does_not_matter() -> None:
    """Letters' case, dashes, blanks and digits read for letters make the same code."""
    same = ("AAAQ-EAYE-AUDA-OCAJ", "aaaqeayeaudaocaj", " aaaq eaye auda 0caj ")
    assert {recovery_codes.canonical(typed) for typed in same} == {"AAAQEAYEAUDAOCAJ"}
    assert recovery_codes.canonical("108") == "IOB"


def test_what_looks_like_a_code() -> None:
    """Sixteen letters and digits, whatever stands between them."""
    assert recovery_codes.looks_like_code("aaaq-eaye-auda-ocaj")
    assert not recovery_codes.looks_like_code("aaaq-eaye-auda-oca")
    assert not recovery_codes.looks_like_code("123456")
