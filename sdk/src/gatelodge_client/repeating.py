"""Asks again where that is safe: after "too many" and "not now", and after a broken line."""

import itertools
import logging
from collections.abc import Callable

import httpx2

from gatelodge_client import faults
from gatelodge_client.errors import TransportFailed
from gatelodge_client.flow import Flow, Wait, ask
from gatelodge_client.retrying import Retrying, told_wait

_LOG = logging.getLogger(__name__)
# The server says that it did nothing; the others may have acted before they failed.
_UNTOUCHED = frozenset((429, 503))
_UNCLEAR = frozenset((502, 504))
_NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)


def asked(
    request: httpx2.Request, rules: Retrying, *, is_repeatable: bool, now: Callable[[], float]
) -> Flow[httpx2.Response]:
    """Send a request until there is an answer worth having, or no attempt is left.

    What is not ``is_repeatable`` (a code, a password) is only sent again when the first certainly
    had no effect. Raises ``TransportFailed`` when the last attempt brought no answer.
    """
    for attempt in itertools.count(1):
        try:
            answer = yield from ask(request)
        except httpx2.RequestError as error:
            is_safe = is_repeatable or isinstance(error, _NEVER_SENT)
            wait = rules.wait(attempt, None) if is_safe else None
            if wait is None:
                raise _failed(request, error) from error
            reason = type(error).__name__
        else:
            wait = _wait_after(answer, attempt, rules, now(), is_repeatable=is_repeatable)
            if wait is None:
                return answer
            reason = f"status {answer.status_code}"
        _LOG.info("asking %s again in %.1f s after %s", request.url.host, wait, reason)
        yield Wait(wait)
    raise AssertionError("counting has no end")  # pragma: no cover - for the type checker


def _wait_after(
    answer: httpx2.Response, attempt: int, rules: Retrying, now: float, *, is_repeatable: bool
) -> float | None:
    """Return how long to wait before asking again, None to take the answer."""
    status = answer.status_code
    if status not in _UNTOUCHED and not (is_repeatable and status in _UNCLEAR):
        return None
    return rules.wait(attempt, told_by(answer, now))


def told_by(answer: httpx2.Response, now: float) -> float | None:
    """Return the wait in seconds that an answer asks for, if it does."""
    after = answer.headers.get("retry-after", "")
    return told_wait(after, faults.read(answer.content).next_access_time, now)


def _failed(request: httpx2.Request, error: httpx2.RequestError) -> TransportFailed:
    return TransportFailed(
        f"No answer from {request.url.host}: {str(error) or type(error).__name__}"
    )
