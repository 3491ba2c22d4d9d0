"""One exchange with a token endpoint: the request in full, and the answer believed only if whole.

Whatever is not a token answer (RFC 6749 section 5.1) is an error: a gateway's fault with status
200, a page, a body that was cut off. No error repeats what was sent.
"""

import logging
from collections.abc import Mapping
from urllib.parse import quote

import httpx2
import msgspec

from gatelodge_client import faults, retrying
from gatelodge_client.errors import (
    AuthError,
    BadTokenAnswer,
    ClientRefused,
    Facts,
    SignInFailed,
    Throttled,
    UpstreamError,
)
from gatelodge_client.settings import Settings
from gatelodge_client.tokens import TokenSet, expiry

_LOG = logging.getLogger(__name__)
_SERVER_FAILURE = 500


class _Answer(msgspec.Struct):
    access_token: str
    token_type: str | None = None
    expires_in: float | None = None
    refresh_token: str | None = None
    id_token: str | None = None
    scope: str | None = None


def request(settings: Settings, address: str, form: Mapping[str, str]) -> httpx2.Request:
    """Return a form for an endpoint of the authorization server, with the client's credentials."""
    fields = dict(form)
    headers = {"Accept": "application/json"}
    if settings.secret and settings.client_auth == "basic":
        # Each half is form-encoded first (RFC 6749 section 2.3.1).
        pair = httpx2.BasicAuth(quote(settings.client_id, safe=""), quote(settings.secret, safe=""))
        built = httpx2.Request("POST", address, data=fields, headers=headers)
        return next(pair.sync_auth_flow(built))
    fields["client_id"] = settings.client_id
    if settings.secret:
        fields["client_secret"] = settings.secret
    return httpx2.Request("POST", address, data=fields, headers=headers)


def read(answer: httpx2.Response, settings: Settings, asked_scope: str, now: float) -> TokenSet:
    """Return the tokens of an answer, or raise what it says instead."""
    if not answer.is_success:
        raise refusal(answer, now)
    try:
        body = msgspec.json.decode(answer.content, type=_Answer, strict=False)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise _no_token_answer(answer, now) from error
    if not body.access_token.strip() or (body.token_type or "bearer").lower() != "bearer":
        raise _no_token_answer(answer, now)
    if body.scope is not None and set(body.scope.split()) != set(asked_scope.split()):
        # A server may grant another scope (RFC 6749 section 5.1): told, never an exception.
        _LOG.info("asked for scope %r, granted %r", asked_scope, body.scope)
    return TokenSet(
        access_token=body.access_token,
        token_url=settings.token_url,
        obtained_at=now,
        expires_at=expiry(now, body.expires_in),
        refresh_token=body.refresh_token or None,
        id_token=body.id_token or None,
        scope=asked_scope if body.scope is None else body.scope,
    )


def refusal(answer: httpx2.Response, now: float) -> AuthError | Throttled | UpstreamError:
    """Return the error that a refusing answer of the authorization server stands for."""
    fault = faults.read(answer.content)
    facts: Facts = {
        "status": answer.status_code,
        "code": fault.code or None,
        "request_id": answer.headers.get("x-request-id"),
    }
    message = fault.message or f"status {answer.status_code} from {answer.url.host}"
    if answer.status_code == httpx2.codes.TOO_MANY_REQUESTS:
        told = answer.headers.get("retry-after", "")
        wait = retrying.told_wait(told, fault.next_access_time, now)
        return Throttled(message, retry_after=wait, **facts)
    if answer.status_code >= _SERVER_FAILURE:
        return UpstreamError(message, **facts)
    if fault.code == "invalid_client":
        return ClientRefused(message, **facts)
    if fault.code and not fault.code.isdigit():
        return SignInFailed(message, **facts)
    return BadTokenAnswer(f"No token answer: {message}", **facts)


def _no_token_answer(answer: httpx2.Response, now: float) -> AuthError | Throttled:
    """Return the error of a 200 that brought no access token."""
    fault = faults.read(answer.content)
    if fault.code in faults.THROTTLE_CODES:
        wait = retrying.told_wait("", fault.next_access_time, now)
        return Throttled(fault.message, code=fault.code, retry_after=wait)
    kind = answer.headers.get("content-type", "no type").split(";")[0]
    said = f": {fault.message}" if fault.message else ""
    return BadTokenAnswer(
        f"The token endpoint answered {kind} without an access token{said}",
        status=answer.status_code,
        code=fault.code or None,
        request_id=answer.headers.get("x-request-id"),
    )
