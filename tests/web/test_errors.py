"""The table from exceptions to answers."""

import pytest
from structlog.testing import capture_logs

from gatelodge.oauth import errors as oauth
from gatelodge.storage.errors import StoreBusy, StoreUnavailable
from gatelodge.web.errors import TABLE, reply_for
from gatelodge.web.http import BadRequest, MethodNotAllowed, Request, TooLarge
from tests.web.test_http import request


def asked() -> Request:
    """A request with an identifier."""
    return request(state={"request_id": "the-id"})


def _json(description: str, code: str) -> bytes:
    return f'{{"error_description":"{description}","error":"{code}"}}'.encode()


@pytest.mark.parametrize(
    ("error", "status", "body"),
    [
        (
            oauth.InvalidGrant(),
            400,
            _json("Provided Authorization Grant is invalid", "invalid_grant"),
        ),
        (
            oauth.UnsupportedMediaType("no"),
            415,
            b'{"error_description":"no","error":"invalid_request"}',
        ),
        (BadRequest("<é>"), 400, _json("<?>", "invalid_request")),
        (TooLarge("big"), 413, _json("big", "invalid_request")),
    ],
)
def test_errors_are_json_in_vbcs_order(error: Exception, status: int, body: bytes) -> None:
    """Never cached."""
    reply = reply_for(error, asked())
    assert (reply.status, reply.body) == (status, body)
    assert dict(reply.headers)[b"cache-control"] == b"no-store"
    assert dict(reply.headers)[b"content-type"] == b"application/json"


@pytest.mark.parametrize(
    ("error", "status", "challenge"),
    [
        (oauth.InvalidClient(), 401, b'Basic realm="gatelodge"'),
        (oauth.MissingAccessToken(), 401, b'Bearer realm="gatelodge"'),
        (
            oauth.InvalidToken("gone"),
            401,
            b'Bearer realm="gatelodge", error="invalid_token", error_description="gone"',
        ),
        (
            oauth.InsufficientScope("more", scope="openid"),
            403,
            (
                b'Bearer realm="gatelodge", error="insufficient_scope", '
                b'error_description="more", scope="openid"'
            ),
        ),
    ],
)
def test_who_must_prove_something_is_challenged(
    error: Exception, status: int, challenge: bytes
) -> None:
    """Basic for clients, Bearer for access tokens (RFC 6750 section 3)."""
    reply = reply_for(error, asked())
    assert (reply.status, dict(reply.headers)[b"www-authenticate"]) == (status, challenge)


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (oauth.TemporarilyUnavailable(retry_after=5), b"5"),
        (StoreUnavailable("away"), b"1"),
        (StoreBusy("full"), b"1"),
    ],
)
def test_what_is_busy_says_when_to_come_back(error: Exception, seconds: bytes) -> None:
    """503, not a fault; the cause stays in the log."""
    reply = reply_for(error, asked())
    assert (reply.status, dict(reply.headers)[b"retry-after"]) == (503, seconds)
    assert b"away" not in reply.body


def test_a_wrong_method_says_which_are_right() -> None:
    """In Allow."""
    reply = reply_for(MethodNotAllowed(["POST", "GET"]), asked())
    assert (reply.status, dict(reply.headers)[b"allow"]) == (405, b"GET, POST")


def test_a_fault_of_ours_is_logged_and_not_explained() -> None:
    """The request id leads from the answer to the log."""
    with capture_logs() as logged:
        reply = reply_for(RuntimeError("secret detail"), asked())
    assert reply.status == 500
    assert b"secret" not in reply.body
    assert b'"error":"server_error"' in reply.body
    assert (logged[0]["event"], logged[0]["request_id"]) == ("unexpected_error", "the-id")


def test_every_oauth_error_has_an_answer() -> None:
    """Its own or its base class's."""
    for name in dir(oauth):
        kind = getattr(oauth, name)
        if isinstance(kind, type) and issubclass(kind, oauth.OAuthError):
            assert reply_for(kind(), asked()).status == kind.status
    assert oauth.OAuthError in TABLE
