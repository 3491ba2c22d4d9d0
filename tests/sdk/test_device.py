"""The device grant against a scripted server (RFC 8628)."""

import httpx2
import pytest

from gatelodge_client import Device, MemoryStore, Prompt, Session
from gatelodge_client.errors import BadTokenAnswer, SignInExpired, SignInFailed
from tests.sdk.scripted import Clock, Server, oauth_error, settings, steady, tokens

STARTED = {
    "device_code": "device-secret",
    "user_code": "WDJB-MJHT",
    "verification_uri": "https://login.example.org/device",
    "verification_uri_complete": "https://login.example.org/device?user_code=WDJB-MJHT",
    "expires_in": 60,
    "interval": 3,
}
PENDING = oauth_error("authorization_pending")


def sign_in(
    *answers: httpx2.Response | Exception, **started: object
) -> tuple[Server, Clock, list[Prompt]]:
    """Sign in with these answers to the polling; return what was seen."""
    clock, server, shown = Clock(), Server(), list[Prompt]()
    body = {name: value for name, value in {**STARTED, **started}.items() if value is not None}
    server.answer("/device_authorization", httpx2.Response(200, json=body))
    server.answer("/token", *answers)
    session = Session(settings(), MemoryStore(), retrying=steady(), now=clock.now)
    held = server.connecting(clock).run(session.sign_in(Device(show=shown.append)))
    assert held.access_token == "access-secret-1"
    return server, clock, shown


def test_signing_in() -> None:
    """The code is shown, and the server asked at its pace until the user is done."""
    server, clock, shown = sign_in(PENDING, PENDING, tokens(1))
    assert shown[0].user_code == "WDJB-MJHT"
    assert shown[0].verification_uri_complete is not None
    assert clock.waits == [3, 3, 3]
    assert server.forms("/device_authorization") == [{"scope": "openid"}]
    assert server.forms()[0] == {
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "device_code": "device-secret",
    }


def test_slow_down() -> None:
    """Each slow_down makes the pace five seconds slower for good (section 3.5)."""
    _, clock, _ = sign_in(PENDING, oauth_error("slow_down"), PENDING, tokens(1))
    assert clock.waits == [3, 3, 8, 8]


def test_without_an_interval() -> None:
    """Five seconds are assumed (section 3.2)."""
    _, clock, _ = sign_in(tokens(1), interval=None, verification_uri_complete=None)
    assert clock.waits == [5]


def test_a_lost_line() -> None:
    """A failure of the line or the server doubles the pace and does not end the sign-in."""
    _, clock, _ = sign_in(httpx2.ReadTimeout("lost"), httpx2.Response(502), PENDING, tokens(1))
    assert clock.waits == [3, 6, 12, 12]


@pytest.mark.parametrize(
    ("code", "kind"), [("access_denied", SignInFailed), ("expired_token", SignInExpired)]
)
def test_the_end(code: str, kind: type[SignInFailed]) -> None:
    """A refusal or an ended code ends the asking."""
    with pytest.raises(kind) as ended:
        sign_in(PENDING, oauth_error(code))
    assert ended.value.code == code


def test_nobody_enters_the_code() -> None:
    """The asking ends with the code's life, without the server having to say so."""
    with pytest.raises(SignInExpired, match="in time"):
        sign_in(PENDING)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx2.Response(200, html="<html>"), BadTokenAnswer),
        (oauth_error("unauthorized_client"), SignInFailed),
    ],
)
def test_it_cannot_start(answer: httpx2.Response, kind: type[Exception]) -> None:
    """A page or a refusal where a code should be is said as such."""
    server = Server()
    server.answer("/device_authorization", answer)
    session = Session(settings(), MemoryStore())
    with pytest.raises(kind):
        server.connecting().run(session.sign_in(Device()))


def test_where_to_go_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a display of its own the program prints it beside its output."""
    Device().show(Prompt(user_code="WDJB-MJHT", verification_uri="https://login.example.org/d"))
    assert "https://login.example.org/d and enter the code WDJB-MJHT" in capsys.readouterr().err
