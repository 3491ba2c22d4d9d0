"""The protocol's errors: one class per error code, raised by the rules, answered by ``web.errors``.

Codes and statuses are those of RFC 6749 section 5.2 and 4.1.2.1, RFC 6750 section 3.1, RFC 7009
section 2.2.1 and OpenID Connect Core 3.1.2.6; the default texts are those VBC's clients know.
"""

import re
from typing import ClassVar

_UNPRINTABLE = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")


def printable(text: str) -> str:
    """Return ``text`` with whatever ``error_description`` may not carry replaced (RFC 6749 5.2)."""
    return _UNPRINTABLE.sub("?", text)


class OAuthError(Exception):
    """A refused request; ``code`` is the wire's ``error``, ``status`` the HTTP status for JSON."""

    code: ClassVar[str] = "invalid_request"
    status: ClassVar[int] = 400
    default: ClassVar[str] = "The request is malformed."

    def __init__(self, description: str | None = None) -> None:
        self.description = printable(self.default if description is None else description)
        super().__init__(self.description)


class InvalidRequest(OAuthError):
    """A parameter is missing, repeated, malformed or contradicts another."""


class UnsupportedMediaType(InvalidRequest):
    """The body is not a form."""

    status = 415
    default = "Send the parameters as application/x-www-form-urlencoded."


class InvalidClient(OAuthError):
    """The client could not be authenticated (RFC 6749 section 5.2)."""

    code = "invalid_client"
    status = 401
    default = "Client Authentication failed."


class InvalidGrant(OAuthError):
    """The code, refresh token or password is wrong, expired, spent or somebody else's."""

    code = "invalid_grant"
    default = "Provided Authorization Grant is invalid"


class CodeReplayed(InvalidGrant):
    """A spent code came back with everything else right: what it bought must be revoked."""

    default = "Inactive authorization code received from token request"


class RefreshTokenReplayed(InvalidGrant):
    """A rotated refresh token came back after the grace: its family must be revoked."""

    default = "Invalid refresh token state"


class UnauthorizedClient(OAuthError):
    """This client may not use this grant type or response type."""

    code = "unauthorized_client"
    default = "The authenticated client is not authorized to use this authorization grant type"


class UnsupportedGrantType(OAuthError):
    """The server does not know this grant type."""

    code = "unsupported_grant_type"
    default = "Unsupported grant_type value"


class InvalidScope(OAuthError):
    """A scope is unknown, malformed, or wider than what may be granted."""

    code = "invalid_scope"
    default = "Invalid Scope!"


class InvalidTarget(OAuthError):
    """A resource is unknown, out of the application's reach, or not granted (RFC 8707 2)."""

    code = "invalid_target"
    default = "The resource is not an API this application is subscribed to."


class UnsupportedResponseType(OAuthError):
    """Only the code flow is offered (RFC 9700 section 2.1.2)."""

    code = "unsupported_response_type"
    default = "Only response_type=code is supported."


class AccessDenied(OAuthError):
    """The user, or a rule about the user, said no."""

    code = "access_denied"
    default = "User denied the consent"


class AuthorizationPending(OAuthError):
    """Nobody has decided about the device yet (RFC 8628 section 3.5)."""

    code = "authorization_pending"
    default = "The user has not decided yet."


class SlowDown(OAuthError):
    """The device polls too fast; from now on it waits five seconds longer (RFC 8628 3.5)."""

    code = "slow_down"
    default = "Wait five seconds longer between two requests."


class ExpiredToken(OAuthError):
    """The device code ended before anybody had decided (RFC 8628 section 3.5)."""

    code = "expired_token"
    default = "The device code has expired."


class LoginRequired(OAuthError):
    """``prompt=none`` and nobody is signed in."""

    code = "login_required"
    default = "The user is not signed in."


class ConsentRequired(OAuthError):
    """``prompt=none`` and there is no stored consent."""

    code = "consent_required"
    default = "The user has not agreed to these scopes yet."


class RequestNotSupported(OAuthError):
    """Request objects by value are not read (OpenID Connect Core 6)."""

    code = "request_not_supported"
    default = "The request parameter is not supported."


class RequestUriNotSupported(OAuthError):
    """Request objects by reference are not read (OpenID Connect Core 6)."""

    code = "request_uri_not_supported"
    default = "The request_uri parameter is not supported."


class TemporarilyUnavailable(OAuthError):
    """The server is too busy; ``retry_after`` says in how many seconds to try again."""

    code = "temporarily_unavailable"
    status = 503
    default = "The server is busy; please try again."

    def __init__(self, description: str | None = None, *, retry_after: int = 1) -> None:
        super().__init__(description)
        self.retry_after = retry_after


class TooManyGuesses(TemporarilyUnavailable):
    """Too many wrong secrets came for this client or from this address (RFC 6585 section 4)."""

    status = 429
    default = "Too many wrong client secrets; please try again later."


class MissingAccessToken(OAuthError):
    """A protected resource was asked without any access token (RFC 6750 section 3.1)."""

    code = "invalid_token"
    status = 401
    default = "Send an access token in the Authorization header."


class InvalidToken(OAuthError):
    """An access token is malformed, expired, revoked or not ours (RFC 6750 section 3.1)."""

    code = "invalid_token"
    status = 401
    default = "The access token is invalid, expired or revoked."


class InsufficientScope(OAuthError):
    """The access token is good but does not reach this far (RFC 6750 section 3.1)."""

    code = "insufficient_scope"
    status = 403
    default = "The access token lacks a scope this resource needs."

    def __init__(self, description: str | None = None, *, scope: str = "") -> None:
        super().__init__(description)
        self.scope = scope


class PageError(Exception):
    """An authorization request that must never be redirected (RFC 9700 section 4.11.2).

    ``code`` and ``description`` are for the error page; the client or its redirect URI is not
    known to be good, so nobody but the person in front of the browser may learn of it.
    """

    def __init__(self, code: str, description: str) -> None:
        self.code = code
        self.description = description
        super().__init__(f"{code}: {description}")


class RedirectError(Exception):
    """An authorization request refused towards a verified redirect URI; ``state`` is raw bytes."""

    def __init__(self, error: OAuthError, redirect_uri: str, state: bytes | None) -> None:
        self.error = error
        self.redirect_uri = redirect_uri
        self.state = state
        super().__init__(f"{error.code}: {error.description}")


class UpstreamProblem(Exception):
    """What a provider, or somebody in its name, sent does not count; ``str()`` is for the log."""


class UpstreamAway(UpstreamProblem):
    """The provider cannot be reached at the moment."""


class Cancelled(UpstreamProblem):
    """The provider says that the person changed their mind or was not let in there."""
