"""Records of people show nothing in logs that helps to guess a password."""

from gatelodge.identity.developers import Developer
from gatelodge.identity.users import User

HASH = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA"


def test_a_users_hash_is_not_shown() -> None:
    """The text of a user names them only."""
    user = User(
        id=1,
        account_id=2,
        login_name="jsmith",
        email="jsmith@example.com",
        first_name="John",
        last_name="Smith",
        role="member",
        state="active",
        password_hash=HASH,
    )
    assert repr(user) == "User(1, 'jsmith')"


def test_a_developers_hash_is_not_shown() -> None:
    """The text of a developer names them only."""
    developer = Developer(
        id=1,
        email="dev@example.com",
        name="Dev",
        roles=frozenset({"developer"}),
        state="active",
        password_hash=HASH,
        created_at=0,
    )
    assert repr(developer) == "Developer(1, 'dev@example.com')"
