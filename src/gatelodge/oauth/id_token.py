"""The id_token: what a client learns about who signed in (OpenID Connect Core section 2).

VBC's clients read the user's account number out of ``eClaims``: a JSON object written as a string
and split at its commas, so the pieces joined by ``,`` are JSON again.
"""

from hashlib import sha256

import msgspec

from gatelodge.oauth.jose import PLAIN_TYPE, SigningKey, encode64
from gatelodge.oauth.tokens import Subject

ACR = "urn:gatelodge:acr:password"
"""The only authentication context there is: a password."""

_encode = msgspec.json.Encoder().encode


class Issue(msgspec.Struct, frozen=True, kw_only=True):
    """Where and when an id_token is made: from ``at`` until ``expires_at``."""

    issuer: str
    client_id: str
    at: int
    expires_at: int


def sign(subject: Subject, issue: Issue, access_token: str, signing_key: SigningKey) -> str:
    """Return the signed id_token that goes beside ``access_token`` (RS256, SHA-256 hash)."""
    claims: dict[str, object] = {
        "at_hash": at_hash(access_token),
        "acr": ACR,
        "amr": subject.amr.split(),
        "auth_time": subject.auth_time,
        "sub": subject.login_name,
        "aud": [issue.client_id],
        "eAuthStatus": "true",
        "eClaims": account_pieces(subject.account_id),
        "azp": issue.client_id,
        "iss": issue.issuer,
        "exp": issue.expires_at,
        "iat": issue.at,
    }
    if subject.nonce is not None:
        claims["nonce"] = subject.nonce
    return signing_key.sign(PLAIN_TYPE, _encode(claims))


def at_hash(access_token: str) -> str:
    """Return the left half of the access token's SHA-256 (OpenID Connect Core 3.1.3.6)."""
    return encode64(sha256(access_token.encode()).digest()[:16])


def account_pieces(account_id: int) -> list[str]:
    """Return VBC's ``eClaims``: the pieces of ``{"authenticated":true,"accountNumber":"..."}``."""
    return ['{"authenticated":true', f'"accountNumber":"{account_id}"}}']
