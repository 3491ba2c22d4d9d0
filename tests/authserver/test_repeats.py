"""Clients that send the same proof key or nonce for two sign-ins (RFC 9700 section 2.1.1)."""

from typing import Any

import msgspec
from structlog.testing import capture_logs

from gatelodge.authserver.repeats import MOST, Repeats
from gatelodge.identity.sessions import Session
from gatelodge.oauth.authorization import AuthorizationRequest
from tests.oauth.records import CALLBACK, NOW, client

CLIENT = client()
SESSION = Session(
    id=44,
    digest=b"d" * 32,
    kind="user",
    subject_id=22,
    auth_time=NOW,
    amr=("pwd",),
    created_at=NOW,
    seen_at=NOW,
    expires_at=NOW + 60,
    address="",
    user_agent="",
)
OTHER_SESSION = msgspec.structs.replace(SESSION, id=45)


def request(**changed: Any) -> AuthorizationRequest:
    """Return a request with neither value."""
    fields: dict[str, Any] = {
        "client_id": CLIENT.client_id,
        "redirect_uri": CALLBACK,
        "redirect_uri_sent": True,
        "scope": "openid",
        "state": b"one",
        "nonce": None,
        "prompt": frozenset(),
        "max_age": None,
        "login_hint": None,
        "code_challenge": None,
    }
    return AuthorizationRequest(**(fields | changed))


def told(*watched: tuple[AuthorizationRequest, Session]) -> list[str]:
    """Return which parameters the log complains of."""
    repeats = Repeats()
    with capture_logs() as logged:
        for each, session in watched:
            repeats.watch(CLIENT, each, session)
    assert all(line["client_id"] == CLIENT.client_id for line in logged)
    return [line["parameter"] for line in logged]


def test_a_constant_challenge_is_told() -> None:
    """Another session, or another ``state`` in the same one, makes it another sign-in."""
    constant = request(code_challenge="c" * 43)
    assert told((constant, SESSION), (constant, OTHER_SESSION)) == ["code_challenge"]
    again = msgspec.structs.replace(constant, state=b"two")
    assert told((constant, SESSION), (again, SESSION)) == ["code_challenge"]


def test_a_constant_nonce_is_told() -> None:
    """A nonce without PKCE is watched as well, each parameter for itself."""
    first = request(nonce="n" * 43, code_challenge="c" * 43)
    second = request(nonce="n" * 43, code_challenge="d" * 43, state=b"two")
    assert told((first, SESSION), (second, SESSION)) == ["nonce"]


def test_a_page_loaded_again_is_no_repeat() -> None:
    """The same request in the same session is the same sign-in; so is one that has neither."""
    constant = request(nonce="n", code_challenge="c" * 43)
    assert told((constant, SESSION), (constant, SESSION)) == []
    assert told((request(), SESSION), (request(), OTHER_SESSION)) == []


def test_another_client_may_send_the_same() -> None:
    """Values belong to a client."""
    repeats, constant = Repeats(), request(nonce="n")
    with capture_logs() as logged:
        repeats.watch(CLIENT, constant, SESSION)
        repeats.watch(client(id=12), constant, OTHER_SESSION)
    assert not logged


def test_memory_is_bounded() -> None:
    """The oldest value is forgotten when there are too many."""
    many = [(request(nonce=str(number)), SESSION) for number in range(MOST + 1)]
    first = (request(nonce="0"), OTHER_SESSION)
    second = (request(nonce="1"), OTHER_SESSION)
    assert told(*many, first) == []
    assert told(*many, second) == ["nonce"]
