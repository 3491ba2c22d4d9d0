"""When an account at a provider may stand for a person here."""

import msgspec
import pytest

from gatelodge.identity import linked
from gatelodge.identity.linked import LinkedElsewhere, OnlyWayIn
from gatelodge.providers import Provider, UnknownDevelopers

PROVIDER = Provider(
    id="acme",
    name="Acme",
    issuer="https://id.example",
    client_id="c",
    client_secret="s",
    email_domains=frozenset({"example.com"}),
    unknown_developers="create",
)


@pytest.mark.parametrize(
    ("email", "verified", "may"),
    [
        ("ada@example.com", True, True),
        ("ada@example.com", False, False),
        ("ada@sub.example.com", True, False),
        ("ada@notexample.com", True, False),
        ("ada@example.com@evil.example", True, False),
        ("example.com", True, False),
        ("", True, False),
    ],
)
def test_which_address_may_join(email: str, *, verified: bool, may: bool) -> None:
    """A verified address of exactly a domain the operator named, and no other."""
    assert linked.may_join(PROVIDER, email, verified=verified, invited=False) is may


@pytest.mark.parametrize(
    ("choice", "invited", "may"),
    [
        ("link", True, False),
        ("invited", False, False),
        ("invited", True, True),
        ("create", False, True),
    ],
)
def test_the_operators_choice(choice: UnknownDevelopers, *, invited: bool, may: bool) -> None:
    """Nobody, the invited or everybody of the domain joins, as the operator chose."""
    provider = msgspec.structs.replace(PROVIDER, unknown_developers=choice)
    assert linked.may_join(provider, "ada@example.com", verified=True, invited=invited) is may


def test_a_sign_in_is_fresh_for_ten_minutes() -> None:
    """An old session proves nothing about who sits there now."""
    assert linked.is_fresh(1_000, 1_600)
    assert not linked.is_fresh(1_000, 1_601)


def test_the_only_way_in_stays() -> None:
    """The last link goes only if a password or a passkey is left."""
    linked.check_unlink(has_password=True, has_passkey=False, links=1)
    linked.check_unlink(has_password=False, has_passkey=True, links=1)
    linked.check_unlink(has_password=False, has_passkey=False, links=2)
    with pytest.raises(OnlyWayIn, match="only way"):
        linked.check_unlink(has_password=False, has_passkey=False, links=1)
    assert LinkedElsewhere().status == 409
