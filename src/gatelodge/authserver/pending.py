"""A checked authorization request on its way through sign-in and consent, and its next step.

It travels sealed through the browser, so that nothing is stored for visitors and two tabs go
their own ways. The decision about the next step is made in one place, from the request, the
session and the stored consent, every time anew.
"""

from typing import Literal

import msgspec

from gatelodge.identity import consents
from gatelodge.identity.consents import Consent
from gatelodge.identity.sessions import Session
from gatelodge.oauth.authorization import AuthorizationRequest
from gatelodge.oauth.clients import Client
from gatelodge.oauth.errors import ConsentRequired, LoginRequired

Step = Literal["sign_in", "choose", "consent", "issue"]

LIFETIME = 1_800
"""How long, in seconds, a person may take between two steps."""


class Pending(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The request and what its person has done so far.

    ``signed_in`` and ``chosen`` name the session that was started, or picked, for this very
    request; ``switch`` asks for the sign-in form whoever is signed in.
    """

    request: AuthorizationRequest
    signed_in: int | None = None
    chosen: int | None = None
    switch: bool = False


class Home(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A person on the way to a page of their own account: no application asks for anything.

    ``place`` is that page's path; the rest is as in ``Pending``.
    """

    place: str
    signed_in: int | None = None
    chosen: int | None = None
    switch: bool = False


Waiting = Pending | Home
"""What may wait for somebody to sign in."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a consent page asks, bound to the session it was shown in."""

    pending: Pending
    session_id: int


def next_step(
    pending: Pending, client: Client, session: Session | None, consent: Consent | None, now: int
) -> Step:
    """Return what has to happen next (OpenID Connect Core 3.1.2.1, 3.1.2.3, 3.1.2.4).

    Raises ``LoginRequired`` and ``ConsentRequired`` when ``prompt=none`` forbids asking.
    """
    prompt = pending.request.prompt
    if session is None or _is_stale(pending, session, now):
        if "none" in prompt:
            raise LoginRequired
        return "sign_in"
    if "select_account" in prompt and session.id not in {pending.signed_in, pending.chosen}:
        return "choose"
    if _has_to_agree(pending, client, consent):
        if "none" in prompt:
            raise ConsentRequired
        return "consent"
    return "issue"


def _is_stale(pending: Pending, session: Session, now: int) -> bool:
    """Say whether the person has to prove anew who they are."""
    if pending.signed_in == session.id:
        return False
    max_age = pending.request.max_age
    too_old = max_age is not None and now - session.auth_time > max_age
    return too_old or "login" in pending.request.prompt


def _has_to_agree(pending: Pending, client: Client, consent: Consent | None) -> bool:
    """Say whether to ask: scopes that grew, a ``prompt``, an answer that is not to be kept."""
    request = pending.request
    return (
        not can_be_remembered(client, request.redirect_uri)
        or "consent" in request.prompt
        or not consents.covers(consent, request.scope.split(" "))
    )


def can_be_remembered(client: Client, redirect_uri: str) -> bool:
    """Say whether an earlier yes counts for this request.

    Any program on the device may claim a public client's loopback port or scheme, so that its user
    is asked every time (RFC 8252 section 8.6).
    """
    return client.type == "confidential" or redirect_uri.startswith("https:")
