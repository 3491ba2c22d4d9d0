"""Lockout grows, is capped, decays; the login is what stands before the last realm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatelodge.identity import sign_in
from gatelodge.identity.sign_in import CAP, NONE, Failures, KnownBrowser

NOW = 1_800_000_000


def counted(before: Failures, now: int) -> Failures:
    """Count an attempt that is not paused."""
    after = sign_in.attempt(before, now)
    assert after is not None
    return after


def test_the_pause_doubles_up_to_the_cap() -> None:
    """Four failures are free; then 1 s, 2 s, 4 s and so on, never more than 15 minutes."""
    state, now, pauses = NONE, NOW, []
    for _ in range(20):
        state = counted(state, now)
        pauses.append(state.locked_until - now)
        now = max(now, state.locked_until)
    assert pauses[:5] == [0, 0, 0, 0, 1]
    assert pauses[5:15] == [2, 4, 8, 16, 32, 64, 128, 256, 512, 900]
    assert set(pauses[15:]) == {900}


def test_an_attempt_during_the_pause_is_not_counted() -> None:
    """Hammering does not make the pause longer."""
    state = Failures(failures=5, last_at=NOW, locked_until=NOW + 1)
    assert sign_in.attempt(state, NOW) is None
    assert counted(state, NOW + 1).failures == 6


def test_a_clock_that_was_wrong_locks_nobody_out() -> None:
    """A pause that began in what is the future now counts no longer; the failures still do."""
    before = Failures(failures=20, last_at=NOW + 86_400, locked_until=NOW + 86_400 + CAP)
    after = sign_in.attempt(before, NOW)
    assert after == Failures(failures=21, last_at=NOW, locked_until=NOW + CAP)


def test_every_quiet_hour_takes_one_failure_off() -> None:
    """Failures decay, and a quiet day forgets them."""
    state = Failures(failures=10, last_at=NOW, locked_until=NOW + 32)
    assert counted(state, NOW + 3_599).failures == 11
    assert counted(state, NOW + 3_600).failures == 10
    assert counted(state, NOW + 5 * 3_600).failures == 6
    assert counted(state, NOW + sign_in.FORGET).failures == 1


@given(st.integers(0, 10_000), st.integers(-100, 10**6))
def test_nobody_is_kept_out_for_longer_than_the_cap(failures: int, later: int) -> None:
    """Whatever happened before, and whatever the clock did, the pause is at most the cap."""
    before = Failures(failures=failures, last_at=NOW, locked_until=0)
    after = counted(before, NOW + later)
    assert 0 <= after.locked_until - (NOW + later) <= sign_in.CAP
    assert after.failures >= 1


@pytest.mark.parametrize(
    ("typed", "login"),
    [
        ("jsmith", "jsmith"),
        ("jsmith@vbc.prod", "jsmith"),
        (" jsmith@VBC.Prod ", "jsmith"),
        ("a@x.com", "a@x.com"),
        ("a@x.com@vbc.prod", "a@x.com"),
        ("a@vbc.prod@vbc.prod", "a@vbc.prod"),
        ("a@vbc.prod.evil", "a@vbc.prod.evil"),
        ("@vbc.prod", "@vbc.prod"),
        ("", ""),
    ],
)
def test_the_last_realm_is_taken_off(typed: str, login: str) -> None:
    """Only the tenant's own realm, only at the end, only once."""
    assert sign_in.login_of(typed, "vbc.prod") == login


def test_unknown_names_are_counted_folded() -> None:
    """Letters' case and blanks make no new name, and a name of any length stays short."""
    counted_as = sign_in.counted_as
    assert counted_as(None, " JSmith ", None) == counted_as(None, "jsmith", None)
    assert len(counted_as(None, "x" * 10_000, None)) < 400


def test_a_browser_counts_for_the_people_it_knows() -> None:
    """Known people have a count there, strangers the common one, and nobody shares one."""
    browser = KnownBrowser(id=5).with_person(1).with_person(2).with_person(1)
    assert browser.people == (1, 2)
    other = KnownBrowser(id=6, people=(1,))
    names = [
        sign_in.counted_as(1, "one", None),
        sign_in.counted_as(1, "one", browser),
        sign_in.counted_as(1, "one", other),
        sign_in.counted_as(2, "two", browser),
        sign_in.counted_as(3, "three", browser),
    ]
    assert len(set(names)) == 5
    assert names[0] == sign_in.counted_as(1, "another login of one", KnownBrowser(id=7))
