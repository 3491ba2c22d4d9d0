"""Invitations: when a link works, and what the invited person may type."""

import pytest

from gatelodge.identity import invites
from gatelodge.identity.errors import Invalid
from gatelodge.identity.invites import Invite

LINK = Invite(id=1, digest=b"d", developer_id=2, created_at=10, expires_at=20)


def test_a_link_works_once_and_for_a_while() -> None:
    """It is closed once spent and once expired."""
    spent = Invite(id=1, digest=b"d", developer_id=2, created_at=10, expires_at=20, spent_at=15)
    assert LINK.open(19)
    assert not LINK.open(20)
    assert not spent.open(16)


@pytest.mark.parametrize("email", ["dev@example.com", "é@exämple.com", "a@localhost"])
def test_addresses_that_may_be_used(email: str) -> None:
    """Something before and after one @ is an address; more only a message can tell."""
    assert invites.email_objection(email) is None


@pytest.mark.parametrize(
    "email",
    ["", "dev", "@example.com", "dev@", "a@b@c", "a b@c", "a@b\n", "a\0@b", "x" * 254 + "@a"],
)
def test_addresses_that_may_not(email: str) -> None:
    """Each has its sentence."""
    assert invites.email_objection(email)


def test_addresses_are_stored_folded() -> None:
    """Letters' case and blanks around do not matter."""
    assert invites.email_of(" Dev@Example.COM ") == "dev@example.com"


def test_names() -> None:
    """A name is there, printable and not endless."""
    assert invites.name_objection("Ada Lovelace") is None
    assert invites.name_objection("")
    assert invites.name_objection("a\nb")
    assert invites.name_objection("x" * 201)


def test_everybody_is_a_developer() -> None:
    """Further roles come on top; unknown ones are refused by name."""
    assert invites.roles_of([]) == {"developer"}
    assert invites.roles_of(["publisher"]) == {"developer", "publisher"}
    with pytest.raises(Invalid, match="'root'"):
        invites.roles_of(["root"])
