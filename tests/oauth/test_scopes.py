"""Scopes: asked, granted, narrowed."""

import pytest

from gatelodge.oauth import scopes
from gatelodge.oauth.errors import InvalidScope


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, ("default",)),
        (" ", ("default",)),
        ("openid", ("openid",)),
        ("b  a b ", ("b", "a")),
    ],
)
def test_asked(text: str | None, expected: tuple[str, ...]) -> None:
    """Scopes are split at blanks, kept in order and once each; none means default."""
    assert scopes.asked(text) == expected


@pytest.mark.parametrize(
    "text", ['a"b', "a\\b", "é", "a\tb", "x" * 201, " ".join("abc" * 40) + str(list(range(60)))]
)
def test_a_malformed_scope_is_refused(text: str) -> None:
    """Characters a scope cannot have, and too long ones, are invalid_scope."""
    with pytest.raises(InvalidScope):
        scopes.asked(text)


def test_too_many_scopes_are_refused() -> None:
    """Nobody needs more than fifty."""
    with pytest.raises(InvalidScope):
        scopes.asked(" ".join(f"s{number}" for number in range(51)))


def test_an_unknown_scope_is_never_granted_nor_dropped() -> None:
    """What is granted is exactly what was asked, or nothing."""
    assert scopes.grant(("openid", "calls:read"), {"calls:read", "openid"}) == "openid calls:read"
    with pytest.raises(InvalidScope, match="Invalid Scope!"):
        scopes.grant(("openid", "admin"), scopes.BASE)
    assert scopes.only_base(("openid", "default"))
    assert not scopes.only_base(("openid", "calls:read"))


def test_a_refresh_may_narrow_but_not_widen() -> None:
    """Without a scope the granted one stays; a part is fine; more is refused."""
    assert scopes.narrow("openid profile", None) == "openid profile"
    assert scopes.narrow("openid profile", "profile") == "profile"
    with pytest.raises(InvalidScope):
        scopes.narrow("openid", "openid profile")


def test_has_looks_at_whole_names() -> None:
    """A scope's part is not that scope."""
    assert scopes.has("openid profile", "openid")
    assert not scopes.has("openid2", "openid")
