"""The decision about the next step, for every combination that matters."""

from typing import Any

import msgspec
import pytest

from gatelodge.authserver.pending import Pending, next_step
from gatelodge.identity.consents import Consent
from gatelodge.identity.sessions import Session
from gatelodge.oauth.authorization import AuthorizationRequest
from gatelodge.oauth.errors import ConsentRequired, LoginRequired
from tests.oauth.records import CALLBACK, NOW, client

SESSION = Session(
    id=7,
    digest=b"",
    kind="user",
    subject_id=22,
    auth_time=NOW - 100,
    amr=("pwd",),
    created_at=NOW - 100,
    seen_at=NOW,
    expires_at=NOW + 100,
    address="",
    user_agent="",
)
AGREED = Consent(
    id=1, user_id=22, client_row=11, scopes=frozenset({"openid"}), created_at=0, updated_at=0
)


def pending(*prompt: str, max_age: int | None = None, **changed: Any) -> Pending:
    """Return a request with a prompt, and what was done for it so far."""
    request = AuthorizationRequest(
        client_id="x",
        redirect_uri=CALLBACK,
        redirect_uri_sent=True,
        scope="openid",
        state=None,
        nonce=None,
        prompt=frozenset(prompt),
        max_age=max_age,
        login_hint=None,
        code_challenge=None,
    )
    return Pending(request=request, **changed)


@pytest.mark.parametrize(
    ("asked", "session", "consent", "step"),
    [
        (pending(), None, None, "sign_in"),
        (pending(), SESSION, None, "consent"),
        (pending(), SESSION, AGREED, "issue"),
        (pending("none"), SESSION, AGREED, "issue"),
        (pending("login"), SESSION, AGREED, "sign_in"),
        (pending("login", signed_in=7), SESSION, AGREED, "issue"),
        (pending("login", signed_in=8), SESSION, AGREED, "sign_in"),
        (pending("login", chosen=7), SESSION, AGREED, "sign_in"),
        (pending("select_account"), SESSION, AGREED, "choose"),
        (pending("select_account"), None, None, "sign_in"),
        (pending("select_account", chosen=7), SESSION, AGREED, "issue"),
        (pending("select_account", chosen=8), SESSION, AGREED, "choose"),
        (pending("select_account", signed_in=7), SESSION, AGREED, "issue"),
        (pending("consent"), SESSION, AGREED, "consent"),
        (pending("login", "consent", signed_in=7), SESSION, AGREED, "consent"),
        (pending(max_age=100), SESSION, AGREED, "issue"),
        (pending(max_age=99), SESSION, AGREED, "sign_in"),
        (pending(max_age=0, signed_in=7), SESSION, AGREED, "issue"),
    ],
)
def test_the_next_step(
    asked: Pending, session: Session | None, consent: Consent | None, step: str
) -> None:
    """Sign-in before the choice of account before consent before the code."""
    assert next_step(asked, client(), session, consent, NOW) == step


@pytest.mark.parametrize(
    ("asked", "session", "error"),
    [
        (pending("none"), None, LoginRequired),
        (pending("none", max_age=99), SESSION, LoginRequired),
        (pending("none"), SESSION, ConsentRequired),
    ],
)
def test_prompt_none_never_asks(
    asked: Pending, session: Session | None, error: type[Exception]
) -> None:
    """What would need a page is an error instead."""
    with pytest.raises(error):
        next_step(asked, client(), session, None, NOW)


@pytest.mark.parametrize(
    ("kind", "redirect_uri", "step"),
    [
        ("public", "https://app.example/cb", "issue"),
        ("public", "http://127.0.0.1:5000/cb", "consent"),
        ("public", "com.example.app:/cb", "consent"),
        ("confidential", "http://localhost/cb", "issue"),
    ],
)
def test_whose_yes_is_remembered(kind: str, redirect_uri: str, step: str) -> None:
    """Only where the redirect, or a secret, proves which application it is."""
    asked = pending()
    request = msgspec.structs.replace(asked.request, redirect_uri=redirect_uri)
    asked = msgspec.structs.replace(asked, request=request)
    assert next_step(asked, client(type=kind), SESSION, AGREED, NOW) == step
