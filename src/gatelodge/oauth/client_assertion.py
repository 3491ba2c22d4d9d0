"""``private_key_jwt``: a client proves itself with a JWT it has signed (RFC 7523 sections 2.2, 3).

With what draft-ietf-oauth-rfc7523bis makes stricter: the audience is this server's issuer and
nothing else, so that an assertion made for another server is worth nothing here, nor ours there.
"""

import re
from base64 import urlsafe_b64decode
from binascii import Error as BadBase64
from hashlib import blake2b

import msgspec

from gatelodge.oauth.client_keys import ClientKeys
from gatelodge.oauth.errors import InvalidClient

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SKEW = 30
"""How many seconds the clocks of client and server may differ."""
LONGEST_LIFE = 3_600
"""How many seconds ahead ``exp`` may lie: for so long its ``jti`` has to be remembered."""

FORGOTTEN_FOR = LONGEST_LIFE + 2 * SKEW
"""How many seconds after a restore an assertion may be good that was used before it."""

_LONGEST = 8_192
_LONGEST_JTI = 256
_COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")
_TYPES = frozenset({None, "jwt", "client-authentication+jwt"})


class _Header(msgspec.Struct, forbid_unknown_fields=True):
    """The only header fields accepted: no crit, and no key brought along (jwk, jku, x5u, x5c)."""

    alg: str
    kid: str | None = None
    typ: str | None = None
    x5t: str | None = None
    x5t_s256: str | None = msgspec.field(default=None, name="x5t#S256")


class _Claims(msgspec.Struct):
    """The claims that are looked at; ``aud`` is one string, an array is refused."""

    iss: str
    sub: str
    aud: str
    exp: int | float
    jti: str
    nbf: int | float | None = None
    iat: int | float | None = None


class Assertion(msgspec.Struct, frozen=True):
    """An assertion taken apart and not yet believed."""

    algorithm: str
    kid: str | None
    claims: _Claims
    signed: bytes
    signature: bytes

    def __repr__(self) -> str:
        """Show nothing that could be presented again."""
        return "Assertion(...)"


class Spending(msgspec.Struct, frozen=True):
    """What has to be spent before the client is believed: once, and kept until ``until``."""

    digest: bytes
    until: int


_read_header = msgspec.json.Decoder(_Header).decode
_read_claims = msgspec.json.Decoder(_Claims).decode


def read(text: str) -> Assertion:
    """Take an assertion apart. Raises ``InvalidClient`` for whatever is not written as one."""
    found = _COMPACT.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        raise _refused("it is no signed JWT")
    try:
        header = _read_header(_decode64(found[1]))
        claims = _read_claims(_decode64(found[2]))
        signature = _decode64(found[3])
    except (msgspec.DecodeError, BadBase64, ValueError, RecursionError):
        raise _refused("its header or claims are not as they have to be") from None
    if (header.typ.lower() if header.typ is not None else None) not in _TYPES:
        raise _refused("its typ is that of another kind of JWT")
    signed = text[: found.start(3) - 1].encode()
    return Assertion(header.alg, header.kid, claims, signed, signature)


def check(
    assertion: Assertion, client_id: str, issuer: str, now: int, restored_at: int = 0
) -> None:
    """Check everything but the signature. Raises ``InvalidClient``.

    With ``restored_at``, the time of a restore that took what was spent before it, an assertion has
    to be younger.
    """
    claims = assertion.claims
    if not claims.iss == claims.sub == client_id:
        raise _refused("its iss and sub are not the client_id")
    if claims.aud != issuer:
        raise _refused(f"its aud is not {issuer}")
    if not now - SKEW < claims.exp <= now + LONGEST_LIFE + SKEW:
        raise _refused("its exp is over or too far ahead")
    if max(claims.nbf or 0, claims.iat or 0) > now + SKEW:
        raise _refused("it is not valid yet")
    if not 0 < len(claims.jti) <= _LONGEST_JTI:
        raise _refused("its jti is missing or too long")
    if restored_at and not _younger(claims, restored_at):
        raise _refused("it may have been used before this server was restored; sign another one")


def _younger(claims: _Claims, restored_at: int) -> bool:
    made = max(claims.nbf or 0, claims.iat or 0)
    # One that ends so late would have been refused at the time.
    return made > restored_at + SKEW or claims.exp > restored_at + LONGEST_LIFE + SKEW


def verify(assertion: Assertion, keys: ClientKeys) -> None:
    """Check the signature. Raises ``InvalidClient``."""
    key = keys.candidate(assertion.algorithm, assertion.kid)
    if key is None or not key.verifies(assertion.signature, assertion.signed):
        raise _refused("none of the client's keys has signed it")


def spending(assertion: Assertion, client_row: int) -> Spending:
    """Return what makes a second use of the assertion known, also after a power cut."""
    named = client_row.to_bytes(8, "big") + assertion.claims.jti.encode("utf-8", "replace")
    digest = blake2b(named, digest_size=32, person=b"client_assert.").digest()
    return Spending(digest, int(assertion.claims.exp) + 2 * SKEW)


def replayed() -> InvalidClient:
    """Return the error for an assertion whose ``jti`` was spent before."""
    return _refused("it was used before")


def _refused(why: str) -> InvalidClient:
    return InvalidClient(f"The client assertion is refused: {why}.")


def _decode64(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
