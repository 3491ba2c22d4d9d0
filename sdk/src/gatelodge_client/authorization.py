"""The browser's part of the code flow, as values: where to send it, and what to make of its return.

PKCE with S256 always (RFC 7636), ``state`` always, ``iss`` where the server sends it (RFC 9207).
"""

import base64
import hashlib
import hmac
import secrets
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec

from gatelodge_client.errors import AnswerNotForUs, SignInFailed
from gatelodge_client.secret import Secret
from gatelodge_client.settings import Settings


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One sign-in that was begun: the address to open, and what its return is checked against."""

    address: str
    redirect_uri: str
    scope: str
    state: Secret
    verifier: Secret


def begin(settings: Settings, redirect_uri: str) -> Request:
    """Return a new request for ``settings.scope``."""
    state, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    query = {
        "response_type": "code",
        "client_id": settings.client_id,
        "redirect_uri": redirect_uri,
        "scope": settings.scope,
        "state": state,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    joint = "&" if urlsplit(settings.authorize_url).query else "?"
    return Request(
        address=f"{settings.authorize_url}{joint}{urlencode(query)}",
        redirect_uri=redirect_uri,
        scope=settings.scope,
        state=Secret(state),
        verifier=Secret(verifier),
    )


def is_answer(begun: Request, returned: str) -> bool:
    """Say whether an address is this sign-in's return: it carries its ``state``."""
    state = _one(parse_qs(urlsplit(returned.strip()).query), "state")
    return hmac.compare_digest(state.encode(), begun.state.reveal().encode())


def code(settings: Settings, begun: Request, returned: str) -> str:
    """Return the code that the browser brought back, or raise why there is none.

    ``state`` is looked at first: whatever else an address says that is not ours means nothing.
    """
    if not is_answer(begun, returned):
        raise AnswerNotForUs("The browser came back from another sign-in (state differs).")
    query = parse_qs(urlsplit(returned.strip()).query)
    issuer = _one(query, "iss")
    if (issuer or settings.require_iss) and issuer != settings.issuer:
        raise AnswerNotForUs(
            f"The answer comes from {issuer or 'nobody'}, not from {settings.issuer} (iss differs)."
        )
    error = _one(query, "error")
    if error:
        raise SignInFailed(_one(query, "error_description") or error, code=error)
    found = _one(query, "code")
    if not found:
        raise SignInFailed("The browser came back without a code.")
    return found


def form(begun: Request, received: str) -> dict[str, str]:
    """Return the fields that redeem a code (RFC 6749 section 4.1.3, RFC 7636 section 4.5)."""
    return {
        "grant_type": "authorization_code",
        "code": received,
        "redirect_uri": begun.redirect_uri,
        "code_verifier": begun.verifier.reveal(),
    }


def _one(query: dict[str, list[str]], name: str) -> str:
    """Return a parameter's value; one that is repeated is none (RFC 6749 section 3.1)."""
    values = query.get(name, [])
    return values[0] if len(values) == 1 else ""
