"""Errors carry a code, a status, and a description that may go onto the wire."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatelodge.oauth import errors
from tests.oauth.records import CALLBACK

PERMITTED = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]*")


@given(st.text())
def test_a_description_has_permitted_characters_only(text: str) -> None:
    """Whatever a description is made of, quotes, backslashes and non-ASCII never get out."""
    assert PERMITTED.fullmatch(errors.InvalidGrant(text).description)


@pytest.mark.parametrize(
    ("kind", "code", "status", "text"),
    [
        (errors.InvalidClient, "invalid_client", 401, "Client Authentication failed."),
        (errors.InvalidGrant, "invalid_grant", 400, "Provided Authorization Grant is invalid"),
        (errors.InvalidScope, "invalid_scope", 400, "Invalid Scope!"),
        (
            errors.UnsupportedGrantType,
            "unsupported_grant_type",
            400,
            "Unsupported grant_type value",
        ),
        (
            errors.UnauthorizedClient,
            "unauthorized_client",
            400,
            "The authenticated client is not authorized to use this authorization grant type",
        ),
    ],
)
def test_errors_say_what_clients_know(
    kind: type[errors.OAuthError], code: str, status: int, text: str
) -> None:
    """Codes and statuses are the RFC's, default texts VBC's."""
    error = kind()
    assert (error.code, error.status, error.description) == (code, status, text)


def test_errors_carry_what_their_answer_needs() -> None:
    """Waiting time, wanted scope and redirect target travel with their errors."""
    assert errors.TemporarilyUnavailable(retry_after=7).retry_after == 7
    assert errors.InsufficientScope(scope="openid").scope == "openid"
    page = errors.PageError("invalid_request", "no")
    assert (page.code, page.description) == ("invalid_request", "no")
    redirect = errors.RedirectError(errors.InvalidScope(), CALLBACK, b"s")
    assert (redirect.redirect_uri, redirect.state) == (CALLBACK, b"s")
