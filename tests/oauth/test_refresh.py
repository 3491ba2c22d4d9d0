"""Refresh tokens: rotated, repeated within the grace, replayed."""

import pytest

from gatelodge.oauth import refresh
from gatelodge.oauth.errors import InvalidGrant, RefreshTokenReplayed
from gatelodge.oauth.refresh import GRACE, Presented, RefreshToken
from tests.oauth.records import NOW, refresh_token

ROTATED = refresh_token(rotated_at=NOW, successor_id=82)


def presented(row: RefreshToken | None, *, revoked: bool = False, used: bool = False) -> Presented:
    """A row after the attempt to rotate it."""
    return Presented(row=row, revoked=revoked, successor_used=used)


@pytest.mark.parametrize("later", [0, 1, GRACE])
def test_within_the_grace_the_succession_is_the_same(later: int) -> None:
    """The one who rotated and whoever asks again get the same successor and the same time."""
    succession = refresh.judge(presented(ROTATED), NOW + later)
    assert (succession.successor_id, succession.at, succession.parent) == (82, NOW, ROTATED)


def test_after_the_grace_it_is_a_replay() -> None:
    """One second too late somebody has kept a copy."""
    with pytest.raises(RefreshTokenReplayed):
        refresh.judge(presented(ROTATED), NOW + GRACE + 1)


def test_two_generations_old_is_a_replay_at_once() -> None:
    """Once the successor was used, the grace is over."""
    with pytest.raises(RefreshTokenReplayed):
        refresh.judge(presented(ROTATED, used=True), NOW)


def test_a_revoked_token_is_refused_even_within_the_grace() -> None:
    """And it is no replay: there is nothing left to end."""
    with pytest.raises(InvalidGrant) as refused:
        refresh.judge(presented(ROTATED, revoked=True), NOW)
    assert not isinstance(refused.value, RefreshTokenReplayed)


def test_an_expired_or_unknown_token_is_refused() -> None:
    """With VBC's texts."""
    with pytest.raises(InvalidGrant, match="Refresh token is expired"):
        refresh.judge(presented(refresh_token()), NOW + 500)
    with pytest.raises(InvalidGrant, match="Persisted access token data not found"):
        refresh.judge(presented(None), NOW)


def test_a_family_has_an_end_of_its_own() -> None:
    """What was written at the first issue counts; an older token counts from its own issue."""
    row = refresh_token()
    assert refresh.family_end(row, 1_000) == row.issued_at + 1_000
    assert refresh.family_end(refresh_token(family_expires_at=NOW + 7), 1_000) == NOW + 7
