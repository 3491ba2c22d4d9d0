"""Access tokens: their claims (RFC 9068), the checks on them, and the token endpoint's answer."""

import msgspec

from gatelodge.oauth.access import AccessToken
from gatelodge.oauth.clients import Client
from gatelodge.oauth.errors import InvalidToken
from gatelodge.oauth.jose import ACCESS_TOKEN_TYPE, KeyRing, SigningKey

SKEW = 30
"""Seconds by which another node's clock may run ahead of ours."""


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """The user a token stands for, and how the sign-in behind it happened.

    ``family_id`` is shared by everything that descends from one code or password; ``amr`` is
    space-separated (RFC 8176); ``session_id`` is the browser session's, if there is one.
    """

    user_id: int
    login_name: str
    account_id: int
    family_id: int
    auth_time: int
    amr: str
    nonce: str | None = None
    session_id: int | None = None


class AccessClaims(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an access token says; ``uid`` and ``fid`` (user, family) only where there is a user."""

    iss: str
    sub: str
    aud: str | tuple[str, ...]
    azp: str
    client_id: str
    aut: str
    scope: str
    iat: int
    nbf: int
    exp: int
    jti: str
    uid: str | None = None
    fid: str | None = None

    @property
    def access_token_id(self) -> int:
        """The row id that revocations name."""
        return int(self.jti)

    @property
    def audience(self) -> tuple[str, ...]:
        """Whom it is meant for, the issuer or resources."""
        return (self.aud,) if isinstance(self.aud, str) else self.aud

    @property
    def user_id(self) -> int | None:
        """The user's row, ``None`` for a token of the application itself."""
        return None if self.uid is None else int(self.uid)

    @property
    def family_id(self) -> int | None:
        """The family's id, ``None`` for a token of the application itself."""
        return None if self.fid is None else int(self.fid)


class TokenAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The token endpoint's answer, its fields in the order VBC documents."""

    access_token: str
    refresh_token: str | msgspec.UnsetType = msgspec.UNSET
    scope: str
    id_token: str | msgspec.UnsetType = msgspec.UNSET
    token_type: str = "Bearer"  # noqa: S105 - the type's name
    expires_in: int


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(AccessClaims).decode


def record(
    client: Client, subject: Subject | None, row_id: int, scope: str, at: int, resources: str = ""
) -> AccessToken:
    """Return the facts of an access token issued at ``at``; its digest is for opaque ones."""
    return AccessToken(
        id=row_id,
        digest=b"",
        family_id=subject.family_id if subject else None,
        client_row=client.id,
        user_id=subject.user_id if subject else None,
        scope=scope,
        issued_at=at,
        expires_at=at + client.access_token_lifetime,
        resources=resources,
    )


def capped(record: AccessToken, longest: int) -> AccessToken:
    """Return the record with a life of at most ``longest`` seconds (RFC 6819 section 5.1.5.3)."""
    end = record.issued_at + longest
    return record if record.expires_at <= end else msgspec.structs.replace(record, expires_at=end)


def claims_of(
    row: AccessToken, client_id: str, login_name: str | None, issuer: str
) -> AccessClaims:
    """Return what an access token says, be it signed or stored.

    Without a user it stands for the application: ``sub`` is the consumer key, and ``aut`` tells
    the two kinds of subject apart so that neither can pass for the other (RFC 9700 section 4.15).
    """
    return AccessClaims(
        iss=issuer,
        sub=client_id if login_name is None else login_name,
        aud=_audience(row.resources, issuer),
        azp=client_id,
        client_id=client_id,
        aut="APPLICATION" if login_name is None else "APPLICATION_USER",
        scope=row.scope,
        iat=row.issued_at,
        nbf=row.issued_at,
        exp=row.expires_at,
        jti=str(row.id),
        uid=None if row.user_id is None else str(row.user_id),
        fid=None if row.family_id is None else str(row.family_id),
    )


def _audience(resources: str, issuer: str) -> str | tuple[str, ...]:
    """Return ``aud``: the resources (RFC 8707 section 2), or the issuer for all it protects."""
    named = tuple(resources.split(" "))
    return named if len(named) > 1 else resources or issuer


def sign(claims: AccessClaims, signing_key: SigningKey) -> str:
    """Return the JWT of an access token."""
    return signing_key.sign(ACCESS_TOKEN_TYPE, _encode(claims))


def verify_jwt(keys: KeyRing, text: str, issuer: str, now: int) -> AccessClaims:
    """Return the claims of a JWT access token of ours that is alive at ``now``.

    Whether it was revoked is not known here. Raises ``InvalidToken`` (RFC 9068 section 4).
    """
    try:
        claims = _decode(keys.verify(text, ACCESS_TOKEN_TYPE))
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise InvalidToken from None
    own = all(each == issuer or each.startswith(issuer + "/") for each in claims.audience)
    if claims.iss != issuer or not own:
        raise InvalidToken
    if now >= claims.exp or now < claims.nbf - SKEW:
        raise InvalidToken
    return claims
