"""One call of an API: the answer's body, or the error that its refusal stands for."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx2
import msgspec

from gatelodge_client import faults, repeating
from gatelodge_client.errors import (
    AccessTokenRefused,
    ApiError,
    AuthError,
    Facts,
    Forbidden,
    InvalidParameters,
    NotFound,
    NotSubscribed,
    Throttled,
    UnexpectedAnswer,
    UpstreamError,
)
from gatelodge_client.faults import Fault
from gatelodge_client.flow import Flow
from gatelodge_client.retrying import Retrying

_NO_SUBSCRIPTION = frozenset(("900907", "900908", "900909"))
_SAFE_METHODS = frozenset(("GET", "HEAD", "OPTIONS", "PUT", "DELETE"))
_BY_STATUS: dict[int, type[ApiError] | type[AccessTokenRefused]] = {
    401: AccessTokenRefused,
    403: Forbidden,
    404: NotFound,
}
_INVALID = frozenset((400, 422))
_REFUSAL = 400
_SERVER_FAILURE = 500


class Calling(msgspec.Struct, frozen=True, kw_only=True):
    """How calls are made: retries, and the clock."""

    retrying: Retrying
    now: Callable[[], float] = time.time

    def answer(self, request: httpx2.Request) -> Flow[httpx2.Response]:
        """Return a successful answer; raises the error for any other."""
        answer = yield from repeating.asked(
            request,
            self.retrying,
            is_repeatable=request.method in _SAFE_METHODS,
            now=self.now,
        )
        fault = faults.read(answer.content)
        # Some gateways send their throttle fault with status 200.
        if answer.is_success and fault.code not in faults.THROTTLE_CODES:
            return answer
        raise refusal(answer, fault, self.now())

    def json(self, address: str, query: Mapping[str, str]) -> Flow[Any]:
        """GET an address and return its JSON."""
        url = httpx2.URL(address, params=query) if query else httpx2.URL(address)
        request = httpx2.Request("GET", url, headers={"Accept": "application/json"})
        answer = yield from self.answer(request)
        try:
            return msgspec.json.decode(answer.content)
        except msgspec.DecodeError as error:
            kind = answer.headers.get("content-type", "no type").split(";")[0]
            raise UnexpectedAnswer(
                f"{answer.url.host} answered {kind} that is not JSON",
                status=answer.status_code,
                request_id=answer.headers.get("x-request-id"),
            ) from error


def refusal(answer: httpx2.Response, fault: Fault, now: float) -> ApiError | AuthError:
    """Return the error an answer stands for, by its fault code first, then by its status."""
    status = answer.status_code
    message = fault.message or f"status {status} from {answer.url.host}"
    facts: Facts = {
        "status": status,
        "code": fault.code or None,
        "request_id": answer.headers.get("x-request-id"),
    }
    if status == httpx2.codes.TOO_MANY_REQUESTS or fault.code in faults.THROTTLE_CODES:
        return Throttled(message, retry_after=repeating.told_by(answer, now), **facts)
    if fault.code in _NO_SUBSCRIPTION:
        return NotSubscribed(message, **facts)
    if status in _INVALID:
        return InvalidParameters(message, parameters=fault.parameters, **facts)
    return _by_status(status)(message, **facts)


def _by_status(status: int) -> type[ApiError] | type[AccessTokenRefused]:
    if status >= _SERVER_FAILURE:
        return UpstreamError
    if status < _REFUSAL:
        return UnexpectedAnswer
    return _BY_STATUS.get(status, ApiError)
