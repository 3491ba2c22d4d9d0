"""Who a provider says it is: the id_token checked (OpenID Connect Core 3.1.3.7) and read."""

from collections.abc import Mapping, Sequence
from hashlib import sha256, sha384, sha512
from typing import Any

import msgspec

from gatelodge.oauth import digests, foreign_keys
from gatelodge.oauth.errors import UpstreamProblem
from gatelodge.oauth.foreign_keys import BadSignature, ForeignKey, UnknownKey
from gatelodge.oauth.signatures import encode64
from gatelodge.oauth.upstream import Granted, Metadata
from gatelodge.providers import Provider

SKEW = 60
"""How far, in seconds, a provider's clock may be from ours."""

OLDEST = 600
"""How old, in seconds, an id_token may be that was fetched a moment ago."""

LONGEST_SUBJECT = 255
_LONGEST_TEXT = 254
# Names that several providers share for "more than one factor": OpenID PAPE's and REFEDS'.
_SEVERAL_FACTORS = frozenset(
    {
        "http://schemas.openid.net/pape/policies/2007/06/multi-factor",
        "https://refeds.org/profile/mfa",
    }
)
_HASHES = {"256": sha256, "384": sha384, "512": sha512}


class KeysChanged(UpstreamProblem):
    """The id_token names a key that is not in the set: fetch the keys anew, once."""


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """A person as a provider knows them. Only ``issuer`` and ``subject`` say who it is.

    ``email`` is folded and counts for more than a label only if ``email_verified``.
    """

    issuer: str
    subject: str
    email: str = ""
    email_verified: bool = False
    name: str = ""
    second_factor: bool = False


def check_id_token(
    provider: Provider,
    metadata: Metadata,
    keys: Sequence[ForeignKey],
    granted: Granted,
    *,
    nonce: str,
    now: int,
) -> Identity:
    """Return who signed in. Raises ``KeysChanged`` and ``UpstreamProblem``."""
    try:
        algorithm, payload = foreign_keys.verify(granted.id_token, keys, metadata.algorithms)
    except UnknownKey as error:
        raise KeysChanged(f"its id_token: {error}") from error
    except BadSignature as error:
        raise UpstreamProblem(f"its id_token: {error}") from error
    try:
        claims = msgspec.json.decode(payload, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise UpstreamProblem("its id_token cannot be read") from error
    problem = (
        _whose(provider, claims, nonce)
        or _when(claims, now)
        or _for_what(claims, algorithm, granted.access_token)
    )
    if problem is not None:
        raise UpstreamProblem(f"its id_token {problem}")
    return _read(provider, claims)


def with_userinfo(identity: Identity, body: bytes) -> Identity:
    """Return the identity with what the userinfo endpoint adds (Core 5.3.2).

    What is said of another subject counts for nothing, and so does what cannot be read.
    """
    try:
        told = msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.DecodeError:
        return identity
    if told.get("sub") != identity.subject:
        return identity
    email, verified = _email(told)
    name = identity.name or _text(told.get("name"))
    return msgspec.structs.replace(identity, email=email, email_verified=verified, name=name)


def _whose(provider: Provider, claims: Mapping[str, Any], nonce: str) -> str | None:
    """Say what is wrong with issuer, audience, party or nonce (3.1.3.7, steps 2 to 5 and 11)."""
    if claims.get("iss") != provider.issuer:
        return "is another issuer's"
    audience = claims.get("aud")
    listed = audience if isinstance(audience, list) else [audience]
    if provider.client_id not in listed:
        return "is for another client"
    if len(listed) > 1 and "azp" not in claims:
        return "is for several and does not say who asked"
    if claims.get("azp", provider.client_id) != provider.client_id:
        return "was asked for by another client"
    sent = claims.get("nonce")
    if not isinstance(sent, str) or not digests.same(sent.encode(), nonce.encode()):
        return "answers another request"
    return None


def _when(claims: Mapping[str, Any], now: int) -> str | None:
    """Say what is wrong with the times (steps 9 and 10)."""
    expires, issued = _time(claims.get("exp")), _time(claims.get("iat"))
    if expires is None or issued is None:
        return "has no times"
    if expires <= now - SKEW:
        return "has expired"
    if issued > now + SKEW:
        return "is of the future"
    if issued < now - OLDEST - SKEW:
        return "is an old one"
    return None


def _for_what(claims: Mapping[str, Any], algorithm: str, access_token: str) -> str | None:
    """Say what is wrong with the subject or with the access token beside it (3.1.3.8)."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
        return "names no subject"
    if not subject.isascii() or not subject.isprintable():
        return "names a subject with characters it may not have"
    if "at_hash" in claims and claims["at_hash"] != _at_hash(algorithm, access_token):
        return "came with another access token"
    return None


def _at_hash(algorithm: str, access_token: str) -> str:
    """Return the left half of the hash that goes with the algorithm; SHA-512 for Ed25519."""
    digest = _HASHES.get(algorithm[2:], sha512)(access_token.encode()).digest()
    return encode64(digest[: len(digest) // 2])


def _read(provider: Provider, claims: Mapping[str, Any]) -> Identity:
    email, verified = _email(claims)
    return Identity(
        issuer=provider.issuer,
        subject=claims["sub"],
        email=email,
        email_verified=verified,
        name=_text(claims.get("name")),
        second_factor=_says_second_factor(claims),
    )


def _says_second_factor(claims: Mapping[str, Any]) -> bool:
    """Say whether the provider claims that more than one thing proved who it is (RFC 8176)."""
    methods = claims.get("amr")
    if isinstance(methods, list) and "mfa" in methods:
        return True
    return isinstance(claims.get("acr"), str) and claims["acr"] in _SEVERAL_FACTORS


def _email(claims: Mapping[str, Any]) -> tuple[str, bool]:
    found = claims.get("email")
    # A longer one would be cut to somebody else's.
    email = _text(found).casefold() if len(str(found)) <= _LONGEST_TEXT else ""
    # Some providers write the truth as a string.
    verified = claims.get("email_verified") in (True, "true")
    return email, verified and bool(email)


def _text(value: object) -> str:
    """Return a claim that is shown: printable, cut, empty for anything that is no text."""
    text = value if isinstance(value, str) else ""
    return "".join(part for part in text if part.isprintable()).strip()[:_LONGEST_TEXT]


def _time(value: object) -> float | None:
    # A bool is an int here, but no time.
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
