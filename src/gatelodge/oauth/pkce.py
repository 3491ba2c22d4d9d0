"""Proof key for code exchange, S256 only (RFC 7636, RFC 9700 section 2.1.1)."""

import re
from base64 import urlsafe_b64encode
from hashlib import sha256

from gatelodge.oauth import digests
from gatelodge.oauth.errors import InvalidGrant, InvalidRequest

_VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")
_CHALLENGE = re.compile(r"[A-Za-z0-9\-_]{43}")

FAILED = "PKCE validation failed"


def check_challenge(challenge: str | None, method: str | None, *, required: bool) -> str | None:
    """Return the challenge to bind to the code, ``None`` when PKCE may be and was left out.

    Raises ``InvalidRequest``. A missing method means ``plain`` (RFC 7636 section 4.3), which would
    give the verifier away and is refused like any other method but S256.
    """
    if challenge is None:
        if required or method is not None:
            raise InvalidRequest("A code_challenge with code_challenge_method=S256 is required.")
        return None
    if method != "S256":
        raise InvalidRequest("The only code_challenge_method supported is S256.")
    if not _CHALLENGE.fullmatch(challenge):
        raise InvalidRequest("The code_challenge is not a base64url SHA-256 value.")
    return challenge


def verify(challenge: str | None, verifier: str | None) -> None:
    """Check the verifier against the code's challenge. Raises ``InvalidGrant``.

    A verifier for a code without challenge is refused as well: somebody has taken the challenge
    out of the authorization request (RFC 9700 section 4.8.2).
    """
    if challenge is None and verifier is None:
        return
    if challenge is None or verifier is None or not _VERIFIER.fullmatch(verifier):
        raise InvalidGrant(FAILED)
    if not digests.same(_hash(verifier), challenge.encode()):
        raise InvalidGrant(FAILED)


def challenge_of(verifier: str) -> str:
    """Return the S256 challenge of a verifier, for clients of this server and for its examples."""
    return _hash(verifier).decode()


def _hash(verifier: str) -> bytes:
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=")
