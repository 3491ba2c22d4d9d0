"""A proposed link opens in the browser it was made in, for its side, for a quarter of an hour."""

import pytest

from gatelodge.oauth.upstream_identity import Identity
from gatelodge.settings import Secrets
from gatelodge.web.proposals import LIFETIME, Proposal, Proposals
from gatelodge.web.sealing import BadSeal

PROPOSAL = Proposal(
    provider="corp",
    identity=Identity(issuer="https://id.example", subject="s"),
    browser=b"b" * 32,
    back="/apis",
    at=1_000,
)


def test_where_a_proposal_opens() -> None:
    """Another browser, another side and a later time do not open it."""
    now = 1_000
    secrets = Secrets(bytes(32))
    mine = Proposals("developer", secrets, lambda: now)
    address = mine.address(PROPOSAL)
    place, _, text = address.partition("?proposal=")
    assert place == "/login/link"
    assert mine.open(text, b"b" * 32) == PROPOSAL
    with pytest.raises(BadSeal):
        mine.open(text, b"v" * 32)
    with pytest.raises(BadSeal):
        Proposals("user", secrets, lambda: now).open(text, b"b" * 32)
    now = 1_000 + LIFETIME
    with pytest.raises(BadSeal):
        mine.open(text, b"b" * 32)
