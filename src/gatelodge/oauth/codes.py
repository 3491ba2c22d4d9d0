"""The authorization code: short-lived, spent once (RFC 6749 section 4.1, RFC 9700 section 2.1)."""

import msgspec

from gatelodge.oauth import pkce, resources
from gatelodge.oauth.authorization import AuthorizationRequest
from gatelodge.oauth.clients import Client
from gatelodge.oauth.errors import CodeReplayed, InvalidGrant
from gatelodge.oauth.resources import Reach


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """An issued code; ``digest`` is keyed, ``scope`` and ``amr`` are space-separated.

    ``family_id`` is fixed when the code is issued, so that a replay can revoke what the first
    redemption minted. ``redirect_uri_sent`` says whether the authorization request named one.
    """

    id: int
    digest: bytes
    client_row: int
    user_id: int
    family_id: int
    redirect_uri: str
    redirect_uri_sent: bool
    scope: str
    code_challenge: str | None
    nonce: str | None
    auth_time: int
    amr: str
    session_id: int
    issued_at: int
    expires_at: int
    resources: str = ""
    spent_at: int | None = None


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    """Who stands in front of the browser, since when and by what means (``amr``: RFC 8176)."""

    user_id: int
    session_id: int
    auth_time: int
    amr: str


class Fresh(msgspec.Struct, frozen=True, kw_only=True):
    """What a new code needs from outside: two fresh row ids and its secret's digest."""

    code_id: int
    family_id: int
    digest: bytes


def issue(
    request: AuthorizationRequest, client: Client, sign_in: SignIn, fresh: Fresh, now: int
) -> Code:
    """Return the code that answers an authorization request the user agreed to."""
    return Code(
        id=fresh.code_id,
        digest=fresh.digest,
        client_row=client.id,
        user_id=sign_in.user_id,
        family_id=fresh.family_id,
        redirect_uri=request.redirect_uri,
        redirect_uri_sent=request.redirect_uri_sent,
        scope=request.scope,
        code_challenge=request.code_challenge,
        nonce=request.nonce,
        auth_time=sign_in.auth_time,
        amr=sign_in.amr,
        session_id=sign_in.session_id,
        issued_at=now,
        expires_at=now + client.code_lifetime,
        resources=request.resources,
    )


class Redemption(msgspec.Struct, frozen=True, kw_only=True):
    """What the client sent along with a code."""

    redirect_uri: str | None
    code_verifier: str | None


def redeem(code: Code | None, redemption: Redemption, *, first: bool, now: int) -> Code:
    """Return the code if it may be exchanged; ``first`` says whether this request spent it.

    Raises ``InvalidGrant``, or ``CodeReplayed`` when a spent code comes back with everything else
    right. A replay with a wrong verifier proves nothing about its sender and must not be able to
    end the owner's tokens (OAuth 2.1 section 7.5.3), hence the order of the checks.
    """
    if code is None:
        raise InvalidGrant("Invalid authorization code received from token request")
    if not _same_redirect(code, redemption.redirect_uri):
        raise InvalidGrant("Callback url mismatch")
    pkce.verify(code.code_challenge, redemption.code_verifier)
    if not first:
        raise CodeReplayed
    if now >= code.expires_at:
        raise InvalidGrant("Expired or Revoked authorization code received from token request")
    return code


def reach(code: Code, asked: str) -> Reach:
    """Return what a code's tokens are for, ``asked`` of them for the first access token.

    Raises ``InvalidTarget``.
    """
    return resources.narrow(code.resources, asked)


def _same_redirect(code: Code, presented: str | None) -> bool:
    """Compare with the request's URI; with PKCE it may be left out (OAuth 2.1 section 10.2)."""
    if presented is None:
        return code.code_challenge is not None or not code.redirect_uri_sent
    return presented == code.redirect_uri
