"""What the gateway refuses: one class per fault of WSO2 API Manager, answered by ``faults``.

Codes, statuses and texts are those that VBC's clients match on. None of the texts repeats anything
the caller sent.
"""

from typing import ClassVar


class Refused(Exception):
    """A call that is not let through; class attributes are the fault's parts on the wire.

    ``kind`` is the fault's ``type``, left out where empty. ``error`` is the code of RFC 6750
    section 3.1 for the challenge of a 401 or 403, empty where the access token itself is not at
    fault and must not be thrown away.
    """

    status: ClassVar[int]
    code: ClassVar[str]
    kind: ClassVar[str] = ""
    message: ClassVar[str]
    description: str
    error: ClassVar[str] = ""

    def __init__(self) -> None:
        super().__init__(self.description)


class BadPath(Refused):
    """The path has dot segments, backslashes, control characters or broken percent signs.

    Proxies, HTTP clients and upstreams read such paths differently (RFC 3986 section 5.2.4), so
    what is checked here might not be what is asked there.
    """

    status = 400
    code = "400"
    kind = "Status report"
    message = "Bad Request"
    description = "The path is not in a form every server reads alike."


class BadCredentials(Refused):
    """There is more than one Authorization header (RFC 6750 section 2)."""

    status = 400
    code = "400"
    message = "Bad Request"
    description = "The request has more than one Authorization header."
    error = "invalid_request"


class NoSuchContext(Refused):
    """No API answers at this path."""

    status = 404
    code = "404"
    kind = "Status report"
    message = "Not Found"
    description = "The requested resource is not available."


class NoSuchResource(Refused):
    """The API has no such path."""

    status = 404
    code = "404"
    message = "Not Found"
    description = "No matching resource found for given API Request"


class WrongVerb(Refused):
    """The path exists but not with this method; ``Allow`` has those it knows (RFC 9110 10.2.1)."""

    status = 405
    code = "405"
    message = "Method Not Allowed"
    description = "Method not allowed for given API resource"

    def __init__(self, allow: bytes) -> None:
        super().__init__()
        self.allow = allow


class MissingCredentials(Refused):
    """There is no access token in the Authorization header."""

    status = 401
    code = "900902"
    message = "Missing Credentials"
    description = (
        "Invalid Credentials. Make sure your API invocation call has a header: "
        "'Authorization : Bearer ACCESS_TOKEN'"
    )


class InvalidCredentials(Refused):
    """The access token is malformed, expired, revoked, or its client or user is out of action."""

    status = 401
    code = "900901"
    message = "Invalid Credentials"
    description = (
        "Access failure for the API. Make sure you have provided the correct security credentials"
    )
    error = "invalid_token"


class WrongAudience(InvalidCredentials):
    """The access token is good, but for other APIs (RFC 8707 section 2)."""


class WrongSubject(Refused):
    """An operation is for users or for applications only, and the access token is the other's."""

    status = 401
    code = "900905"
    message = "Incorrect Access Token Type is provided"
    description = (
        "The operation takes the other kind: an access token of a user or the application's own."
    )
    error = "invalid_token"


class SubscriptionBlocked(Refused):
    """The publisher has blocked the subscription."""

    status = 401
    code = "900907"
    message = "The requested API is temporarily blocked"
    description = "The subscription to the API is blocked by its publisher."


class SubscriptionInactive(Refused):
    """The subscription waits for approval or was rejected."""

    status = 401
    code = "900909"
    message = "The subscription to the API is inactive"
    description = "The subscription has not been approved."


class NotSubscribed(Refused):
    """The application is not subscribed to the API."""

    status = 403
    code = "900908"
    message = "Resource forbidden "
    description = (
        "User is NOT authorized to access the Resource. API Subscription validation failed."
    )


class ScopeMissing(Refused):
    """The access token lacks a scope of the operation; ``scope`` lists what it needs."""

    status = 403
    code = "900910"
    message = "The access token does not allow you to access the requested resource"
    description = "User is NOT authorized to access the Resource. Scope validation failed."
    error = "insufficient_scope"

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope


class NoUpstream(Refused):
    """The API has no upstream for the consumer key's environment."""

    status = 403
    code = "900901"
    message = "Resource forbidden"

    def __init__(self, environment: str) -> None:
        self.description = (
            f"{environment.capitalize()} key offered to the API with no {environment} endpoint"
        )
        super().__init__()


class Throttled(Refused):
    """A limit, whose name is ``limit``, is used up until ``reset_at``."""

    limit = ""
    status = 429
    message = "Message throttled out"
    description = "You have exceeded your quota"

    def __init__(self, reset_at: int) -> None:
        super().__init__()
        self.reset_at = reset_at


class QuotaUsedUp(Throttled):
    """The application's per-token quota is used up."""

    limit = "quota"
    code = "900803"


class PlanUsedUp(Throttled):
    """The subscription's plan is used up."""

    limit = "plan"
    code = "900804"


class NotAvailable(Refused):
    """What is needed to decide cannot be read just now."""

    status = 503
    code = "900900"
    message = "Unclassified Authentication Failure"
    description = "The gateway cannot check the call just now. Please try again."


class OtherRoute(NotAvailable):
    """A proxy would send the call elsewhere than it belongs: its configuration is out of date."""


class BadQuestion(Refused):
    """A proxy's question does not say which call it is about."""

    status = 400
    code = "400"
    kind = "Status report"
    message = "Bad Request"
    description = "A proxy must send X-Forwarded-Method and X-Forwarded-Uri, each once."


class Unexpected(Refused):
    """A fault of ours; its cause is in the log only."""

    status = 500
    code = "900900"
    message = "Unclassified Authentication Failure"
    description = "Unclassified Authentication Failure"


class UpstreamFailed(Refused):
    """The upstream gave no answer that can be passed on; code and status are its fault's."""

    kind = "Status report"
    message = "Runtime Error"

    def __init__(self, code: str, status: int, description: str) -> None:
        self.description = description
        super().__init__()
        self.upstream_code = code
        self.upstream_status = status
