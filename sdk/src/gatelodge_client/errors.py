"""What can go wrong, as one tree: catch ``GatelodgeError`` for all of it, a branch for one reason.

Every error says what happened, and in ``hint`` what to do next. Where a server answered, the error
carries the status, the fault code (``900901``, ``invalid_grant``) and the request id to quote to
its operator. No error carries a secret.
"""

from collections.abc import Sequence
from typing import NamedTuple, TypedDict, Unpack


class Facts(TypedDict, total=False):
    """What a server's answer adds to an error."""

    hint: str
    status: int
    code: str | None
    request_id: str | None


class GatelodgeError(Exception):
    """Anything this package raises on purpose."""

    hint: str = ""

    def __init__(self, message: str, **facts: Unpack[Facts]) -> None:
        self.message = message
        self.hint = facts.get("hint", self.hint)
        self.status = facts.get("status")
        self.code = facts.get("code")
        self.request_id = facts.get("request_id")
        super().__init__(message)

    def __str__(self) -> str:
        facts = [f"code {self.code}"] if self.code else []
        facts += [f"request id {self.request_id}"] if self.request_id else []
        told = f" ({', '.join(facts)})" if facts else ""
        advice = f"\n{self.hint}" if self.hint else ""
        return f"{self.message}{told}{advice}"


class AuthError(GatelodgeError):
    """There is no access token that works, or none could be had."""


class SignInRequired(AuthError):
    """Nothing stored helps: somebody has to sign in."""

    hint = "Sign in: Client.sign_in(Browser()), or give the client a grant it can use by itself."


class AccessTokenRefused(AuthError):
    """The API refused the access token, also after it was refreshed (status 401)."""

    hint = (
        "The user or the application may have lost its rights; sign in again, and check that the"
        " tenant and the API's address belong together."
    )


class SignInFailed(AuthError):
    """The authorization server refused; ``code`` is the wire's ``error`` (RFC 6749)."""


class ClientRefused(SignInFailed):
    """The consumer key or secret is wrong (``invalid_client``)."""

    hint = "Compare consumer key and secret with the application's keys page in the portal."


class PasswordRefused(SignInFailed):
    """The user's password was refused; nothing is tried again, because accounts lock."""

    hint = (
        "Nothing is tried until Client.resume() is called or somebody signs in: each attempt would"
        " keep the account locked longer. Check user name and password in the portal first."
    )


class SignInExpired(SignInFailed):
    """Nobody signed in within the time given."""

    hint = "Start again, and finish the sign-in in the browser in time."


class AnswerNotForUs(SignInFailed):
    """A redirect came with another ``state`` or issuer than this sign-in's (RFC 9207, RFC 9700)."""

    hint = "Start again from the address printed last; do not use an older window."


class BadTokenAnswer(AuthError):
    """The token endpoint answered something that is no answer of a token endpoint."""

    hint = "Check token_url; behind it is a proxy, a gateway or a page, or the answer was cut off."


class ApiError(GatelodgeError):
    """The API or the gateway in front of it refused or failed."""


class Forbidden(ApiError):
    """This access token may not do that (status 403)."""

    hint = "The user lacks a role, or the access token a scope."


class NotSubscribed(Forbidden):
    """The application has no active subscription to the API (900907, 900908, 900909)."""

    hint = "Subscribe the application to the API in the portal, or ask who runs it to unblock it."


class NotFound(ApiError):
    """There is no such record in the caller's account, or no such resource (status 404)."""


class InvalidParameter(NamedTuple):
    """One parameter the API could not use, and why."""

    name: str
    reason: str


class InvalidParameters(ApiError):
    """The request was refused as it stands (status 400, 422); ``parameters`` names each fault."""

    def __init__(
        self, message: str, *, parameters: Sequence[InvalidParameter] = (), **facts: Unpack[Facts]
    ) -> None:
        self.parameters = tuple(parameters)
        super().__init__(message, **facts)


class Throttled(ApiError):
    """Too many requests; ``retry_after`` is in seconds, None when the server did not say."""

    hint = "Wait, ask less often, or choose a plan or per-token quota with more room."

    def __init__(
        self, message: str, *, retry_after: float | None = None, **facts: Unpack[Facts]
    ) -> None:
        self.retry_after = retry_after
        super().__init__(message, **facts)


class UpstreamError(ApiError):
    """The API failed or is away (status 5xx)."""

    hint = "It is not your request: try again later, and quote the request id when you report it."


class UnexpectedAnswer(ApiError):
    """The answer is not what this API answers: another address, a proxy's page, a cut-off body."""

    hint = "Check base_url and tenant."


class TransportFailed(GatelodgeError):
    """No answer came: no connection, no name, a time limit, a broken line."""

    hint = "Check the address, the network, proxy settings and certificates."


class StoreFailed(GatelodgeError):
    """The place where tokens are kept cannot be read or written."""


class SettingsError(GatelodgeError):
    """The settings contradict each other or lack something."""
