"""A consent covers what was agreed to and grows by agreeing to more."""

from gatelodge.identity import consents
from gatelodge.identity.consents import Consent

AGREED = Consent(
    id=1,
    user_id=2,
    client_row=3,
    scopes=frozenset({"openid", "email"}),
    created_at=10,
    updated_at=10,
)


def test_nothing_agreed_covers_nothing() -> None:
    """Without a consent one has to ask."""
    assert not consents.covers(None, ["openid"])


def test_a_part_is_covered_and_more_is_not() -> None:
    """Asking for less needs no question."""
    assert consents.covers(AGREED, ["openid"])
    assert not consents.covers(AGREED, ["openid", "profile"])


def test_agreeing_to_more_keeps_what_was_agreed_to() -> None:
    """Scopes are only added."""
    widened = consents.widened(AGREED, ["profile"], 20)
    assert widened.scopes == {"openid", "email", "profile"}
    assert (widened.created_at, widened.updated_at) == (10, 20)
