"""Fault bodies and headers, to the letter."""

import msgspec
import pytest

from gatelodge.gateway import errors, faults
from gatelodge.gateway.forward import UpstreamTimeout, UpstreamUnreachable
from gatelodge.storage.errors import StoreUnavailable

AT = 1_787_306_700
PLAIN = 'Bearer realm="gatelodge"'
OTHER_KIND = errors.WrongSubject.description


def test_the_two_shapes() -> None:
    """4.x has strings only; 3.x a numeric code under ``fault``."""
    refused = errors.InvalidCredentials()

    newer = msgspec.json.decode(faults.reply(refused, "4.x").body)
    older = msgspec.json.decode(faults.reply(refused, "3.x").body)

    assert newer == {
        "code": "900901",
        "message": "Invalid Credentials",
        "description": "Access failure for the API. Make sure you have provided the correct "
        "security credentials",
    }
    assert older == {"fault": {**newer, "code": 900901}}


def test_a_time_is_written_in_english() -> None:
    """The month has three letters, the day two digits."""
    assert faults.next_access_time(AT) == "2026-Aug-21 10:05:00+0000 UTC"


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (UpstreamUnreachable("secret.internal"), 503, "101503"),
        (UpstreamTimeout("secret.internal"), 504, "101504"),
        (StoreUnavailable("secret.internal"), 503, "900900"),
        (ValueError("secret.internal"), 500, "900900"),
        (errors.NotSubscribed(), 403, "900908"),
    ],
)
def test_what_an_exception_means(error: Exception, status: int, code: str) -> None:
    """Causes stay with the operator."""
    reply = faults.reply(faults.of(error), "4.x")

    assert reply.status == status
    assert msgspec.json.decode(reply.body)["code"] == code
    assert b"secret" not in reply.body
    assert dict(reply.headers).get(b"retry-after") == (b"1" if status == 503 else None)


@pytest.mark.parametrize(
    ("refused", "challenge"),
    [
        (errors.MissingCredentials(), PLAIN),
        (errors.SubscriptionBlocked(), PLAIN),
        (
            errors.WrongSubject(),
            f'{PLAIN}, error="invalid_token", error_description="{OTHER_KIND}"',
        ),
        (errors.NotSubscribed(), None),
    ],
)
def test_challenges(refused: errors.Refused, challenge: str | None) -> None:
    """Only what is an access token's fault carries an error code (RFC 6750 section 3.1)."""
    headers = dict(faults.reply(refused, "4.x").headers)

    assert headers.get(b"www-authenticate") == (challenge.encode() if challenge else None)
    assert headers[b"cache-control"] == b"no-store"
