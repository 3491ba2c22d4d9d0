"""A session ends by age and by idleness, and says of its browser what fits."""

import pytest

from gatelodge.identity import sessions
from gatelodge.identity.sessions import Kind, Session

NOW = 1_800_000_000


def begun(kind: Kind = "user", **changed: str) -> Session:
    """Return a session that has just begun."""
    fields = {"address": "127.0.0.1", "user_agent": "Tests"} | changed
    fresh = Session(
        id=1,
        digest=b"d",
        kind=kind,
        subject_id=2,
        auth_time=0,
        amr=("pwd",),
        created_at=0,
        seen_at=0,
        expires_at=0,
        **fields,
    )
    return sessions.begin(fresh, NOW)


def test_a_users_session_lasts_twelve_hours_and_a_developers_thirty_days() -> None:
    """The lifetime counts from the sign-in."""
    assert begun().expires_at == NOW + 12 * 3_600
    assert begun("developer").expires_at == NOW + 30 * 86_400


def test_idleness_ends_a_session_before_its_time() -> None:
    """Twelve hours without a request are enough."""
    session = begun("developer")
    assert sessions.alive(session, NOW + sessions.IDLE - 1)
    assert not sessions.alive(session, NOW + sessions.IDLE)


def test_age_ends_a_session_that_is_in_use() -> None:
    """A session seen a moment ago ends all the same."""
    session = begun("user")
    assert not sessions.alive(session, session.expires_at)


def test_the_time_last_seen_is_not_written_on_every_request() -> None:
    """Every five minutes is enough."""
    assert not sessions.worth_touching(begun(), NOW + 299)
    assert sessions.worth_touching(begun(), NOW + 300)


def test_what_a_browser_says_of_itself_is_cut_and_printable() -> None:
    """A header of any length or content fits into the row."""
    session = begun(user_agent="A\0\x07" + "b" * 1_000, address="1" * 100)
    assert session.user_agent == "A" + "b" * 255
    assert len(session.address) == 64


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8:0:1:ffff::", "2001:db8:0:1::/64"),
        ("", ""),
    ],
)
def test_what_an_address_is_counted_under(address: str, network: str) -> None:
    """Itself, and the network that one subscriber is given where that has many addresses."""
    assert sessions.network(address) == network
