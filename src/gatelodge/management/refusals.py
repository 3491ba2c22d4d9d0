"""What this API refuses beside what rules and stores refuse; ``problems`` makes answers of it."""

from gatelodge.web.http import HttpError


class NotJson(HttpError):
    """The body is not JSON (RFC 9110 section 15.5.16)."""

    status = 415

    def __init__(self) -> None:
        super().__init__("Send the body as application/json.")


class PreconditionRequired(HttpError):
    """A change without ``If-Match`` could undo somebody else's (RFC 6585 section 3)."""

    status = 428

    def __init__(self) -> None:
        super().__init__("Send If-Match with the ETag of the version you mean.")


class PreconditionFailed(HttpError):
    """The thing has changed meanwhile (RFC 9110 section 15.5.13)."""

    status = 412

    def __init__(self) -> None:
        super().__init__("It has changed since you read it. Read it again.")


class StillAtWork(HttpError):
    """A request with this ``Idempotency-Key`` is being answered at the moment."""

    status = 409
    headers = ((b"retry-after", b"1"),)

    def __init__(self) -> None:
        super().__init__("A request with this Idempotency-Key is not answered yet.")


class OtherRequest(HttpError):
    """The ``Idempotency-Key`` was used for another request."""

    status = 422

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was used for another request.")
