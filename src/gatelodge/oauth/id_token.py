"""The id_token: what a client learns about who signed in (OpenID Connect Core section 2).

VBC's clients read the user's account number out of ``eClaims``: a JSON object written as a string
and split at its commas, so the pieces joined by ``,`` are JSON again.
"""

from collections.abc import Collection

import msgspec

from gatelodge.oauth import digests, signatures
from gatelodge.oauth.clients import Client
from gatelodge.oauth.jose import PLAIN_TYPE, SigningKey
from gatelodge.oauth.tokens import Subject

PASSWORD_ACR = "urn:gatelodge:acr:password"  # noqa: S105 - a context's name
"""Authentication context: a password and nothing else was proven here."""

SEVERAL_ACR = "urn:gatelodge:acr:mfa"
"""Authentication context: two factors or more."""

_encode = msgspec.json.Encoder().encode


class Issue(msgspec.Struct, frozen=True, kw_only=True):
    """Where and when an id_token is made, until ``expires_at``; ``sid`` names the session."""

    issuer: str
    client_id: str
    at: int
    expires_at: int
    sid: str | None = None


def sign(subject: Subject, issue: Issue, access_token: str, signing_key: SigningKey) -> str:
    """Return the signed id_token that goes beside ``access_token``."""
    methods = subject.amr.split()
    claims: dict[str, object] = {
        "at_hash": signatures.half_hash(signing_key.algorithm, access_token),
        "amr": methods,
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
    acr = acr_of(methods)
    if acr is not None:
        claims["acr"] = acr
    if subject.nonce is not None:
        claims["nonce"] = subject.nonce
    if issue.sid is not None:
        claims["sid"] = issue.sid
    return signing_key.sign(PLAIN_TYPE, _encode(claims))


def acr_of(amr: Collection[str]) -> str | None:
    """Return the authentication context that methods (RFC 8176) amount to, if it has a name."""
    if "mfa" in amr:
        return SEVERAL_ACR
    return PASSWORD_ACR if "pwd" in amr else None


def sid(key: bytes, session_id: int | None, client: Client) -> str | None:
    """Return what a client knows a session by: each client another, and none the row's number."""
    if session_id is None:
        return None
    return signatures.encode64(digests.digest(key, f"{session_id}:{client.id}".encode()))


def account_pieces(account_id: int) -> list[str]:
    """Return VBC's ``eClaims``: the pieces of ``{"authenticated":true,"accountNumber":"..."}``."""
    return ['{"authenticated":true', f'"accountNumber":"{account_id}"}}']
