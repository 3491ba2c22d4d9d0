"""Resource indicators: granted as asked, narrowed and never widened."""

import pytest

from gatelodge.oauth import resources
from gatelodge.oauth.errors import InvalidTarget
from gatelodge.oauth.resources import EVERYWHERE, Reach

A, B = "https://login.example/t/t/a", "https://login.example/t/t/b"


def test_what_was_asked_is_granted() -> None:
    """In order and once each; nothing asked sets no bound."""
    assert resources.grant([B, A, B], {A, B}) == f"{B} {A}"
    assert resources.grant([], {A}) == ""


@pytest.mark.parametrize("wanted", ["https://login.example/t/t/c", A + "/", "a b", ""])
def test_what_is_not_known_is_refused(wanted: str) -> None:
    """Compared letter by letter."""
    with pytest.raises(InvalidTarget):
        resources.grant([A, wanted], {A, B})


def test_too_many_are_refused() -> None:
    """A bound on what every token would carry."""
    many = [f"{A}{number}" for number in range(21)]
    assert resources.grant(many[:20], set(many))
    with pytest.raises(InvalidTarget):
        resources.grant(many, set(many))


def test_an_access_token_may_reach_less_than_the_grant() -> None:
    """The grant itself stays as it is; without a bound any part of everything may be asked for."""
    assert resources.narrow("", "") == EVERYWHERE
    assert resources.narrow(f"{A} {B}", "") == Reach(granted=f"{A} {B}", asked=f"{A} {B}")
    assert resources.narrow(f"{A} {B}", B) == Reach(granted=f"{A} {B}", asked=B)
    assert resources.narrow("", A) == Reach(granted="", asked=A)


def test_it_may_not_reach_more() -> None:
    """Neither another resource nor one more."""
    for asked in (B, f"{A} {B}"):
        with pytest.raises(InvalidTarget):
            resources.narrow(A, asked)


def test_userinfo_is_a_resource_of_its_own() -> None:
    """A token for an API is not for it as well."""
    assert resources.userinfo("https://login.example") == "https://login.example/userinfo"
