"""The rules of consumer keys: their settings, and how secrets replace each other."""

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatelodge.catalog import credentials
from gatelodge.catalog.credentials import KeySettings, NewSecret
from gatelodge.catalog.errors import Conflict, Invalid
from gatelodge.oauth import client_keys, clients, redirects

GOOD = KeySettings(redirect_uris=("http://localhost",))


def problems(**changed: object) -> dict[str, str]:
    """Return what is wrong with ``GOOD`` after some values are changed."""
    try:
        credentials.check(
            msgspec.structs.replace(GOOD, **changed), redirects.objection, client_keys.problems
        )
    except Invalid as error:
        return error.problems
    return {}


def test_defaults_are_the_recommended_ones() -> None:
    """New keys have Code and Refresh Token, PKCE, a day for access tokens and a week to refresh."""
    assert credentials.check(GOOD, redirects.objection, client_keys.problems) == GOOD
    assert GOOD.grant_types == {"authorization_code", "refresh_token"}
    assert GOOD.require_pkce
    assert (GOOD.code_lifetime, GOOD.access_token_lifetime) == (60, 86_400)
    assert GOOD.refresh_token_lifetime == 604_800


def test_both_cores_name_the_same_values() -> None:
    """The catalogue's words and bounds are the authorization server's."""
    assert credentials.GRANT_TYPES == clients.GRANT_TYPES
    # A sign-in is renewed token by token: no single one lives as long.
    tokens = credentials.LIFETIMES.keys() - {"sign_in_lifetime"}
    longest = max(credentials.LIFETIMES[name].most for name in tokens)
    assert longest <= clients.LONGEST_LIFETIME


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"type": "secret"}, "type"),
        ({"access_token_format": "xml"}, "access_token_format"),
        ({"access_token_algorithm": "none"}, "access_token_algorithm"),
        ({"id_token_algorithm": "HS256"}, "id_token_algorithm"),
        ({"grant_types": frozenset({"implicit"})}, "grant_types"),
        ({"grant_types": frozenset()}, "grant_types"),
        ({"grant_types": frozenset({"refresh_token"})}, "grant_types"),
        ({"grant_types": frozenset({"refresh_token", "client_credentials"})}, "grant_types"),
        (
            {"type": "public", "grant_types": frozenset({"password", "client_credentials"})},
            "grant_types",
        ),
        ({"code_lifetime": 29}, "code_lifetime"),
        ({"access_token_lifetime": 604_801}, "access_token_lifetime"),
        ({"refresh_token_lifetime": -1}, "refresh_token_lifetime"),
        ({"redirect_uris": ()}, "redirect_uris.0"),
        ({"redirect_uris": ("http://example.com",)}, "redirect_uris.0"),
        ({"redirect_uris": ("http://localhost", "http://localhost")}, "redirect_uris.1"),
        (
            {"redirect_uris": tuple(f"https://a.example/{n}" for n in range(21))},
            "redirect_uris",
        ),
    ],
)
def test_what_is_wrong_is_named(changed: dict[str, object], field: str) -> None:
    """Each wrong setting gets a sentence under its own name."""
    assert list(problems(**changed)) == [field]


def test_callback_urls_go_with_the_code_grant() -> None:
    """Without Code the callback URLs are dropped, wrong ones included."""
    settings = KeySettings(grant_types=frozenset({"password"}), redirect_uris=("nonsense",))
    assert (
        credentials.check(settings, redirects.objection, client_keys.problems).redirect_uris == ()
    )


def test_public_clients_always_need_pkce() -> None:
    """A public client cannot turn PKCE off (OAuth 2.1 section 7.5.1)."""
    settings = msgspec.structs.replace(GOOD, type="public", require_pkce=False)
    assert credentials.check(settings, redirects.objection, client_keys.problems).require_pkce


@given(st.binary(min_size=32, max_size=32))
def test_consumer_keys_look_like_vbc_s(random: bytes) -> None:
    """A consumer key has 28 letters, digits and underscores and ends in a."""
    assert re.fullmatch(r"[A-Za-z0-9_]{27}a", credentials.consumer_key(random))


def test_consumer_keys_differ() -> None:
    """Other random bytes make another key."""
    keys = {credentials.consumer_key(bytes([number]) * 32) for number in range(256)}
    assert len(keys) == 256


def test_an_old_secret_lives_through_the_overlap() -> None:
    """The secrets that live now end after the chosen time, at once with ``now``."""
    assert credentials.old_secret_end(1, "24h", 1000) == 1000 + 86_400
    assert credentials.old_secret_end(1, "now", 1000) == 1000


def test_secrets_can_keep_their_own_ends() -> None:
    """Several applications may each have a secret of their own: none ends for another."""
    assert credentials.old_secret_end(4, "keep", 1000) is None


@pytest.mark.parametrize("overlap", ["1h", "keep"])
def test_five_secrets_live_at_most(overlap: str) -> None:
    """A sixth live secret is refused; ending the others at once is possible."""
    assert credentials.old_secret_end(4, "1h", 1000) == 4600
    with pytest.raises(Conflict, match="Revoke one"):
        credentials.old_secret_end(5, overlap, 1000)
    assert credentials.old_secret_end(5, "now", 1000) == 1000


def test_a_new_secret_lives_as_chosen() -> None:
    """For ever, or for one of the listed times."""
    assert credentials.new_secret_end(NewSecret(), 1000) is None
    assert credentials.new_secret_end(NewSecret(life="30d", name="CI"), 1000) == 1000 + 2_592_000


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (NewSecret(life="2y"), "life"),
        (NewSecret(name="n" * 61), "name"),
        (NewSecret(name="a\nb"), "name"),
    ],
)
def test_a_wrong_wish_for_a_secret(wanted: NewSecret, field: str) -> None:
    """Unlisted times and names that would break a table are refused at their field."""
    with pytest.raises(Invalid) as refused:
        credentials.new_secret_end(wanted, 1000)
    assert list(refused.value.problems) == [field]


def test_one_way_to_prove_oneself() -> None:
    """What another way would need is dropped; a public client has none; wrong keys are said."""
    uri = "https://a.example/jwks"
    signing = msgspec.structs.replace(GOOD, authentication="private_key_jwt", jwks_uri=uri)
    assert credentials.check(signing, redirects.objection, client_keys.problems) == signing
    for changed in ({"authentication": "secret"}, {"type": "public"}):
        settings = msgspec.structs.replace(signing, **changed)
        found = credentials.check(settings, redirects.objection, client_keys.problems)
        assert (found.authentication, found.jwks_uri) == ("secret", "")
    with pytest.raises(Invalid) as refused:
        credentials.check(
            msgspec.structs.replace(signing, jwks_uri=""),
            redirects.objection,
            client_keys.problems,
        )
    assert list(refused.value.problems) == ["jwks"]


def test_an_unknown_overlap_is_refused() -> None:
    """Only the listed overlaps exist."""
    with pytest.raises(Invalid) as refused:
        credentials.old_secret_end(1, "1y", 1000)
    assert list(refused.value.problems) == ["overlap"]


def test_the_last_live_secret_stays() -> None:
    """One of two live secrets may be revoked, the only one may not."""
    credentials.check_revocation(2)
    with pytest.raises(Conflict, match="only live secret"):
        credentials.check_revocation(1)


def test_where_users_return_after_signing_out() -> None:
    """The rules of callback URLs hold; the problem names the line."""
    good = ("https://app.example/bye", "com.example.app:/bye")
    assert problems(post_logout_redirect_uris=good) == {}
    refused = problems(post_logout_redirect_uris=(*good, good[0]))
    assert refused == {"post_logout_redirect_uris": "Line 3: It is listed twice."}
    refused = problems(post_logout_redirect_uris=("https://app.example/*",))
    assert refused["post_logout_redirect_uris"].startswith("Line 1: Wildcards")
    many = tuple(f"https://app.example/{number}" for number in range(21))
    assert "At most 20" in problems(post_logout_redirect_uris=many)["post_logout_redirect_uris"]


def test_where_to_be_told_of_a_sign_out() -> None:
    """An address the server itself can call."""
    assert problems(backchannel_logout_uri="https://app.example/bc") == {}
    for uri in ("com.example.app:/bc", "https://", "http://app.example", "https://a/#b"):
        assert "backchannel_logout_uri" in problems(backchannel_logout_uri=uri)
