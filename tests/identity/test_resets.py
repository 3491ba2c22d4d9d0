"""Links to a new password and the letters that carry them: when they work, how often, how long."""

import pytest

from gatelodge.identity import letters, people, resets
from gatelodge.identity.developers import Developer
from gatelodge.identity.errors import LinkRefused, TooOften
from gatelodge.identity.letters import Letter, LetterKind
from gatelodge.identity.resets import ResetLink
from gatelodge.identity.sign_in import NONE
from gatelodge.identity.users import User

NOW = 1_800_000_000
DAY = 86_400
LINK = ResetLink(
    id=1, digest=b"d", kind="user", person_id=2, bound=b"b", created_at=10, expires_at=20
)


def test_a_link_works_once_and_for_a_while() -> None:
    """It is closed once spent and once expired."""
    assert LINK.open(19)
    assert not LINK.open(20)
    assert not ResetLink(
        id=1,
        digest=b"d",
        kind="user",
        person_id=2,
        bound=b"b",
        created_at=10,
        expires_at=20,
        spent_at=15,
    ).open(16)


def test_a_few_requests_an_hour() -> None:
    """The third is the last of its hour, whose end does not move; then counting starts anew."""
    counts = NONE
    for _ in range(3):
        after = resets.asked(counts, NOW, 3)
        assert after is not None
        counts = after
    assert resets.asked(counts, NOW + 3_599, 3) is None
    again = resets.asked(counts, NOW + 3_600, 3)
    assert again is not None
    assert again.failures == 1


def letter(kind: LetterKind, attempts: int) -> Letter:
    """Return a letter that was tried before."""
    return Letter(
        id=1,
        kind=kind,
        person_kind="user",
        person_id=1,
        created_at=NOW,
        next_at=NOW,
        attempts=attempts,
    )


def test_pauses_double_up_to_half_an_hour() -> None:
    """A failure is tried again soon, and later more patiently."""
    pauses = [letters.next_try(letter("reset", tried), NOW) for tried in (0, 1, 2, 9, 99)]
    assert [at - NOW for at in pauses if at is not None] == [15, 30, 60, 1_800, 1_800]


@pytest.mark.parametrize(("kind", "days"), [("reset", 1), ("invite", 5), ("password-changed", 5)])
def test_patience_ends(kind: LetterKind, days: int) -> None:
    """Each kind of letter is wanted for so long only."""
    assert letters.next_try(letter(kind, 9), NOW + days * DAY - 1) is not None
    assert letters.next_try(letter(kind, 9), NOW + days * DAY) is None


def test_developers_and_users_are_people() -> None:
    """Both have a login, a name and an address, and neither shows its hash."""
    developer = people.of_developer(
        Developer(
            id=1,
            email="dev@example.com",
            name="Dev",
            roles=frozenset(),
            state="invited",
            password_hash="hash",
            created_at=0,
        )
    )
    user = people.of_user(
        User(
            id=2,
            account_id=1,
            login_name="jsmith",
            email="john@example.com",
            first_name="John",
            last_name="",
            role="member",
            state="active",
            password_hash="hash",
        )
    )
    assert (developer.login, developer.active) == ("dev@example.com", False)
    assert (user.login, user.name, user.active) == ("jsmith", "John", True)
    assert "hash" not in repr(developer) + repr(user)


def test_refusals_say_what_to_do() -> None:
    """A dead link leads to a new one; who asks too often learns when to come again."""
    assert "Ask for a new one where you sign in." in str(LinkRefused())
    assert TooOften(60).retry_after == 60
