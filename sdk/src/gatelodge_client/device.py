"""Signs a user in on another device (RFC 8628): show a code here, sign in there, ask until done."""

import sys
from collections.abc import Callable

import msgspec

from gatelodge_client import repeating, token_endpoint
from gatelodge_client.errors import (
    BadTokenAnswer,
    SignInExpired,
    SignInFailed,
    Throttled,
    TransportFailed,
    UpstreamError,
)
from gatelodge_client.flow import Flow, Wait, work
from gatelodge_client.retrying import Retrying
from gatelodge_client.session import Session
from gatelodge_client.tokens import TokenSet

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code"
_SLOWER_SECONDS = 5.0
_WAITED_FOR = frozenset(("authorization_pending", "slow_down"))


class Prompt(msgspec.Struct, frozen=True, kw_only=True):
    """What the user needs: where to go, and the code to enter there."""

    user_code: str
    verification_uri: str
    verification_uri_complete: str | None = None
    expires_in: float = 600.0


class _Started(msgspec.Struct, frozen=True, kw_only=True):
    device_code: str
    user_code: str
    verification_uri: str
    expires_in: float
    interval: float = _SLOWER_SECONDS
    verification_uri_complete: str | None = None


def tell(prompt: Prompt) -> None:
    """Print where to sign in."""
    sys.stderr.write(f"Open {prompt.verification_uri} and enter the code {prompt.user_code}\n")


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """The device grant; ``show`` tells the user where to go."""

    show: Callable[[Prompt], None] = tell

    def sign_in(self, session: Session) -> Flow[TokenSet]:
        """Start, show the code, and ask at the server's pace until the user is done."""
        started = yield from _started(session)
        prompt = Prompt(
            user_code=started.user_code,
            verification_uri=started.verification_uri,
            verification_uri_complete=started.verification_uri_complete,
            expires_in=started.expires_in,
        )
        yield from work(lambda: self.show(prompt))
        end, pace = session.now() + started.expires_in, started.interval
        while session.now() + pace < end:
            yield Wait(pace)
            form = {"grant_type": GRANT_TYPE, "device_code": started.device_code}
            try:
                return (yield from session.exchange(form))
            except (TransportFailed, Throttled, UpstreamError):
                pace *= 2  # section 3.5: back off when the server does not answer
            except SignInFailed as error:
                if error.code not in _WAITED_FOR:
                    raise _ended(error) from error
                pace += _SLOWER_SECONDS if error.code == "slow_down" else 0
        raise SignInExpired("Nobody entered the code in time.", code="expired_token")


def _started(session: Session) -> Flow[_Started]:
    settings = session.settings
    request = token_endpoint.request(settings, settings.device_url, {"scope": settings.scope})
    answer = yield from repeating.asked(request, Retrying(), is_repeatable=True, now=session.now)
    if not answer.is_success:
        raise token_endpoint.refusal(answer, session.now())
    try:
        return msgspec.json.decode(answer.content, type=_Started, strict=False)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise BadTokenAnswer(
            "The device endpoint's answer cannot be read", hint="Check device_url."
        ) from error


def _ended(error: SignInFailed) -> SignInFailed:
    if error.code == "expired_token":
        return SignInExpired(error.message, code=error.code)
    return error
