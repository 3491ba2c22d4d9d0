"""What a refusal becomes, what is repeated, and that the access token goes nowhere else."""

import logging
import pickle
from pathlib import Path

import httpx2
import pytest

from gatelodge_client import (
    AsyncClient,
    Client,
    ClientCredentials,
    FileStore,
    MemoryStore,
    Password,
    Secret,
    Settings,
)
from gatelodge_client.client import Options
from gatelodge_client.errors import (
    AccessTokenRefused,
    ApiError,
    Forbidden,
    GatelodgeError,
    InvalidParameter,
    InvalidParameters,
    NotFound,
    NotSubscribed,
    PasswordRefused,
    SettingsError,
    SignInRequired,
    Throttled,
    TransportFailed,
    UnexpectedAnswer,
    UpstreamError,
)
from tests.sdk.scripted import Clock, Server, fault, oauth_error, settings, steady, tokens

ACCOUNT = "/t/vbc.prod/provisioning/v1/api/accounts/self"
GOOD = httpx2.Response(200, json={"_embedded": {"account": {"id": 571700}}})
LATER = "2027-Jan-15 08:00:30+0000 UTC"
INVALID = {
    "status": 400,
    "title": "Bad Request",
    "instance": ACCOUNT,
    "invalid_parameters": [{"name": "page_size", "reason": "must be at most 1000"}],
}


class Case:
    """A client at a scripted server, on a clock to move."""

    def __init__(self, *answers: httpx2.Response | Exception, attempts: int = 1) -> None:
        self.server, self.clock = Server(), Clock()
        self.server.answer("/token", tokens(1), tokens(2))
        self.server.answer(ACCOUNT, *answers)
        self.client = Client(
            settings(),
            grant=ClientCredentials(),
            connecting=self.server.connecting(self.clock),
            retrying=steady(attempts),
            now=self.clock.now,
        )

    def get(self) -> int | str:
        """Ask for the account."""
        with self.client:
            return self.client.accounts.get("self").id


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (fault(401, "900901", "Invalid Credentials"), AccessTokenRefused, "900901"),
        (
            httpx2.Response(401, json={"title": "Problem with provided token"}),
            AccessTokenRefused,
            None,
        ),
        (httpx2.Response(401, json={"msg": "missing user data"}), AccessTokenRefused, None),
        (fault(401, "900907"), NotSubscribed, "900907"),
        (fault(403, "900908", "Resource forbidden "), NotSubscribed, "900908"),
        (fault(401, "900909"), NotSubscribed, "900909"),
        (fault(403, "900910"), Forbidden, "900910"),
        (httpx2.Response(403, text="Missing HMAC token"), Forbidden, None),
        (httpx2.Response(404, json={"msg": "no such user", "status": 404}), NotFound, None),
        (httpx2.Response(400, json=INVALID), InvalidParameters, None),
        (httpx2.Response(422, json={"errorCode": "x"}), InvalidParameters, "x"),
        (httpx2.Response(409, json={"code": "CONFLICT"}), ApiError, "CONFLICT"),
        (fault(429, "900803"), Throttled, "900803"),
        (fault(200, "900803", "Message throttled out"), Throttled, "900803"),
        (httpx2.Response(502, html="<html>Bad gateway"), UpstreamError, None),
        (httpx2.Response(500, json={"code": 900900}), UpstreamError, "900900"),
        (httpx2.Response(302, headers={"location": "https://a.example"}), UnexpectedAnswer, None),
        (httpx2.Response(200, html="<html>Sign in"), UnexpectedAnswer, None),
        (httpx2.Response(200, content=GOOD.content[:-3]), UnexpectedAnswer, None),
        (httpx2.ConnectError("refused"), TransportFailed, None),
    ],
)
def test_every_refusal_has_its_error(
    answer: httpx2.Response | Exception, kind: type[GatelodgeError], code: str | None
) -> None:
    """One tree; the error says what happened and what to do, with the code to look up."""
    if isinstance(answer, httpx2.Response):
        answer.headers["x-request-id"] = "r-7"
    with pytest.raises(GatelodgeError) as failed:
        Case(answer).get()
    assert type(failed.value) is kind
    assert failed.value.code == code
    if isinstance(answer, httpx2.Response):
        assert failed.value.request_id == "r-7"
        assert "request id r-7" in str(failed.value)
        assert failed.value.status == answer.status_code


def test_invalid_parameters_are_named() -> None:
    """Each with its reason."""
    with pytest.raises(InvalidParameters) as failed:
        Case(httpx2.Response(400, json=INVALID)).get()
    assert failed.value.parameters == (InvalidParameter("page_size", "must be at most 1000"),)


def test_a_hint_for_the_refused() -> None:
    """A 401 that a refresh did not cure says what else it can be."""
    case = Case(fault(401, "900901"))
    with pytest.raises(AccessTokenRefused, match="sign in again"):
        case.get()
    assert (case.server.count("/token"), case.server.count(ACCOUNT)) == (2, 2)


@pytest.mark.parametrize(
    ("answer", "waited"),
    [
        (fault(429, "900803", retry_after="3"), 3.5),
        (fault(429, "900803", retry_after="Fri, 15 Jan 2027 08:00:09 GMT"), 9.5),
        (httpx2.Response(429, json={"code": "900803", "nextAccessTime": LATER}), 30.5),
        (httpx2.Response(429), 0.5),
        (httpx2.Response(503), 0.5),
        (httpx2.Response(502), 0.5),
        (httpx2.ReadTimeout("slow"), 0.5),
    ],
)
def test_what_is_asked_again(answer: httpx2.Response | Exception, waited: float) -> None:
    """After the wait the server asks for, in either form, or a short one of ours."""
    case = Case(answer, GOOD, attempts=2)
    assert case.get() == 571700
    assert case.clock.waits == [waited]


def test_patience_has_an_end() -> None:
    """A wait of more than a minute is the caller's to decide: the error says how long."""
    case = Case(fault(429, "900804", retry_after="3600"), attempts=3)
    with pytest.raises(Throttled) as failed:
        case.get()
    assert failed.value.retry_after == 3600
    assert case.clock.waits == []


def test_a_post_is_not_repeated() -> None:
    """What may have had an effect is not sent twice; 'not now' had none."""
    case = Case(GOOD, attempts=3)
    case.server.answer("/calls", httpx2.Response(502))
    with case.client as client:
        with pytest.raises(UpstreamError):
            client.request("POST", "/calls", body={"to": "1"})
        assert case.server.count("/calls") == 1
        case.server.answer("/calls", httpx2.Response(503), httpx2.Response(202))
        assert client.request("POST", "calls", query={"a": "b"}).status_code == 202


def test_the_access_token_stays_at_the_api() -> None:
    """Not at the token endpoint, not where a redirect leads, not at an absolute address."""
    case = Case(httpx2.Response(302, headers={"location": "https://attacker.example/"}))
    with case.client as client:
        with pytest.raises(UnexpectedAnswer):
            client.accounts.get()
        case.server.answer("/https://attacker.example/x", httpx2.Response(404))
        with pytest.raises(NotFound):
            client.request("GET", "https://attacker.example/x")
    assert {request.url.host for request in case.server.asked} == {
        "api.example.com",
        "login.example.org",
    }


async def test_everything_for_asyncio() -> None:
    """Sign in, ask, resume and sign out are the same calls, awaited."""
    server, clock = Server(), Clock()
    server.answer("/token", oauth_error("invalid_grant"), tokens(1))
    server.answer("/revoke", httpx2.Response(200))
    server.answer("/x", httpx2.Response(503), httpx2.Response(200))
    async with AsyncClient(
        settings(),
        grant=Password("jsmith", "p"),
        connecting=server.connecting(clock),
        retrying=steady(2),
        now=clock.now,
    ) as client:
        with pytest.raises(PasswordRefused):
            await client.access_token()
        await client.resume()
        assert await client.access_token() == "access-secret-1"
        assert (await client.request("GET", "/x")).status_code == 200
        await client.sign_out()
        assert (await client.sign_in(ClientCredentials())).access_token == "access-secret-1"
    assert clock.waits == [0.5]


def test_signing_in_and_out() -> None:
    """What one client signed in, another with the same store uses, until it signs out."""
    store, server = MemoryStore(), Server()
    server.answer("/token", tokens(1))
    server.answer("/revoke", httpx2.Response(200))
    first = Client(settings(), store=store, connecting=server.connecting())
    second = Client(settings(), store=store, connecting=server.connecting())
    with first, second:
        with pytest.raises(SignInRequired):
            second.access_token()
        first.sign_in(Password("jsmith", "p"))
        assert second.access_token() == "access-secret-1"
        second.sign_out()
        with pytest.raises(SignInRequired):
            second.access_token()


@pytest.mark.parametrize(
    "wrong",
    [
        {"base_url": "http://api.example.com"},
        {"base_url": "api.example.com"},
        {"token_url": "http://login.example.org/token"},
        {"client_id": ""},
    ],
)
def test_settings_that_cannot_be(wrong: dict[str, str]) -> None:
    """Secrets do not travel in the clear to another machine, and something must be known."""
    with pytest.raises(SettingsError) as refused:
        Settings(**{"base_url": "https://api.example.com", "client_id": "k", **wrong})  # type: ignore[arg-type] # all of them are texts
    assert refused.value.hint


def test_plain_http_when_it_is_meant() -> None:
    """This machine's own addresses, or a network one says is private."""
    for base in ("http://localhost:8080/", "http://127.0.0.1"):
        assert Settings(base_url=base, client_id="k").base_url == base.rstrip("/")
    assert Settings(base_url="http://gatelodge", client_id="k", allow_http=True).tenant


def test_vbcs_addresses_are_apart() -> None:
    """Token host and API host differ for some accounts: nothing given is derived."""
    known = settings(authorize_url="https://a.example/authorize")
    assert known.token_url == "https://login.example.org/token"
    assert known.authorize_url == "https://a.example/authorize"
    assert known.device_url == "https://api.example.com/device_authorization"


def test_no_secret_in_any_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """With every logger at DEBUG, the HTTP library's too: no token, password or consumer secret."""
    caplog.set_level(logging.DEBUG)
    server, clock = Server(), Clock()
    server.answer(
        "/token",
        httpx2.ReadTimeout("lost"),
        tokens(1, scope="other", expires_in=1000),
        httpx2.Response(503),
        oauth_error("invalid_grant", "used"),
        oauth_error("invalid_grant", "no"),
    )
    server.answer(ACCOUNT, GOOD)
    options: Options = {
        "connecting": server.connecting(clock),
        "now": clock.now,
        "retrying": steady(2),
    }
    first: Options = {**options, "grant": ClientCredentials(), "store": FileStore(tmp_path)}
    client = Client(settings(client_auth="post"), **first)
    with client:
        client.accounts.get()
        clock.time += 900
        client.access_token()
        clock.time += 900
        with pytest.raises(GatelodgeError) as failed:
            client.access_token()
        shown = repr(vars(client)) + repr(client.session.__dict__) + str(failed.value)
    second: Options = {**options, "grant": Password("jsmith", "password-secret")}
    password = Client(settings(), **second)
    with password, pytest.raises(PasswordRefused):
        password.access_token()
    shown += repr(vars(password)) + repr(vars(password.session))
    loggers = {record.name.split(".")[0] for record in caplog.records}
    assert {"httpx2", "gatelodge_client"} <= loggers
    for text in (caplog.text, shown):
        assert "secret-" not in text
        assert "password-secret" not in text
        assert "ConsumerSecret0a" not in text


def test_secrets_show_nothing() -> None:
    """Printed, formatted, pickled or compared."""
    hidden = Secret("ConsumerSecret0a")
    assert f"{hidden} {hidden!r} {[hidden]} {settings()!r}".count("ConsumerSecret0a") == 0
    assert hidden == Secret("ConsumerSecret0a") != Secret("other")
    assert hidden != "ConsumerSecret0a"
    assert len({hidden, Secret("ConsumerSecret0a")}) == 1
    assert not Secret("")
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(hidden)
