"""The password grant's user name loses its realm and nothing else."""

import pytest

from gatelodge.oauth import password
from gatelodge.oauth.errors import InvalidRequest


@pytest.mark.parametrize(
    ("username", "login"),
    [
        ("jsmith@vbc.prod", "jsmith"),
        ("jsmith", "jsmith"),
        ("a@x.com@vbc.prod", "a@x.com"),
        ("a@x.com", "a@x.com"),
        ("x@vbc.prod@vbc.prod", "x@vbc.prod"),
        ("jsmith@VBC.prod", "jsmith@VBC.prod"),
        (" jsmith ", "jsmith"),
    ],
)
def test_only_the_last_tenant_is_taken_off(username: str, login: str) -> None:
    """E-mail addresses stay whole, and the tenant is compared exactly."""
    assert password.login_of(username, "vbc.prod") == login


@pytest.mark.parametrize("username", [None, "", "  ", "@vbc.prod"])
def test_a_login_is_needed(username: str | None) -> None:
    """Nothing in front of the realm is no login."""
    with pytest.raises(InvalidRequest):
        password.login_of(username, "vbc.prod")


def test_one_text_for_every_refusal() -> None:
    """The refusal names the login and its realm, as VBC does."""
    assert password.refusal("jsmith", "vbc.prod") == "Authentication failed for jsmith@vbc.prod"
