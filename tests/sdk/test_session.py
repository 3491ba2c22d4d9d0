"""Tokens are renewed in time, once, and nothing is forgotten because a server failed."""

import httpx2
import msgspec
import pytest

from gatelodge_client import ClientCredentials, Connecting, MemoryStore, Password, Session
from gatelodge_client.errors import (
    ClientRefused,
    PasswordRefused,
    SignInFailed,
    SignInRequired,
    TransportFailed,
    UpstreamError,
)
from gatelodge_client.grants import Grant
from gatelodge_client.tokens import Record, TokenSet
from tests.sdk.scripted import TOKEN_URL, Clock, Server, oauth_error, settings, steady, tokens


class Setting:
    """A session at a scripted server, with tokens whose life can be run down."""

    def __init__(self, grant: Grant | None = None, store: MemoryStore | None = None) -> None:
        self.clock = Clock()
        self.server = Server()
        self.store = store or MemoryStore()
        self.grant = grant
        self.session = self.another()
        self.connecting: Connecting = self.server.connecting(self.clock)

    def another(self) -> Session:
        """Return another session of the same user, as a second program would have."""
        return Session(
            settings(), self.store, grant=self.grant, retrying=steady(), now=self.clock.now
        )

    def hold(self, life: float = 3600.0, refresh_token: str | None = "refresh-secret-0") -> None:
        """Store tokens obtained now."""
        held = TokenSet(
            access_token="access-secret-0",
            token_url=TOKEN_URL,
            obtained_at=self.clock.time,
            expires_at=self.clock.time + life,
            refresh_token=refresh_token,
        )
        self.store.save(self.session.key, msgspec.json.encode(Record(held=held)))

    def stored(self) -> Record:
        """Return what the store keeps."""
        return msgspec.json.decode(self.store.load(self.session.key) or b"{}", type=Record)

    def fresh(self, session: Session | None = None) -> str:
        """Return a fresh access token."""
        return self.connecting.run((session or self.session).fresh()).access_token

    def replaced(self, refused: str) -> str | None:
        """Return another access token than the one refused."""
        held = self.connecting.run(self.session.replaced(refused))
        return held.access_token if held else None


def test_a_stored_token_is_used_without_asking() -> None:
    """A second start uses what the first one stored."""
    case = Setting()
    case.hold()
    assert case.fresh() == case.fresh() == "access-secret-0"
    assert case.server.asked == []


def test_renewed_before_the_end() -> None:
    """Five minutes before the end the refresh token is spent, and its successor stored."""
    case = Setting()
    case.hold(life=3600)
    case.server.answer("/token", tokens(1))
    case.clock.time += 3600 - 301
    assert case.fresh() == "access-secret-0"
    case.clock.time += 2
    assert case.fresh() == "access-secret-1"
    assert case.server.forms() == [
        {"grant_type": "refresh_token", "refresh_token": "refresh-secret-0"}
    ]
    held = case.stored().held
    assert held is not None
    assert held.refresh_token == "refresh-secret-1"


def test_a_short_life_is_used_for_half() -> None:
    """VBC hands out what is left of an earlier life: that is no reason to ask for each call."""
    case = Setting(grant=ClientCredentials())
    case.server.answer("/token", tokens(1, expires_in=20), tokens(2))
    assert case.fresh() == case.fresh() == "access-secret-1"
    case.clock.time += 11
    assert case.fresh() == "access-secret-2"


def test_a_refresh_token_that_stays() -> None:
    """A server that sends no new refresh token lets the old one be used again."""
    case = Setting()
    case.hold(life=10)
    case.clock.time += 11
    case.server.answer("/token", tokens(1, refresh_token=None))
    case.fresh()
    held = case.stored().held
    assert held is not None
    assert held.refresh_token == "refresh-secret-0"


def test_another_program_renewed_meanwhile() -> None:
    """The store is read again under the lock: what somebody else renewed is used."""
    case = Setting()
    case.hold(life=10)
    other = case.another()
    assert case.fresh(other) == case.fresh() == "access-secret-0"
    case.clock.time += 11
    case.server.answer("/token", tokens(1))
    assert case.fresh() == case.fresh(other) == "access-secret-1"
    assert case.server.count("/token") == 1


def test_a_refused_token_is_replaced_once() -> None:
    """Two programs meet the same 401: the second finds the first one's successor."""
    case = Setting()
    case.hold()
    case.server.answer("/token", tokens(1), tokens(2))
    assert case.replaced("access-secret-0") == "access-secret-1"
    assert case.replaced("access-secret-0") == "access-secret-1"
    assert case.server.count("/token") == 1


def test_a_refused_successor_is_not_replaced_again() -> None:
    """Where renewing does not help, no further refresh is spent on it."""
    case = Setting()
    case.session.note_refused("access-secret-1")
    assert case.replaced("access-secret-1") is None


@pytest.mark.parametrize(
    "failure",
    [
        httpx2.Response(503),
        httpx2.Response(404, html="<html>"),
        httpx2.ConnectError("refused"),
        httpx2.ReadTimeout("slow"),
        httpx2.RemoteProtocolError("peer closed connection without sending complete body"),
    ],
)
def test_a_failing_server_costs_nothing(failure: httpx2.Response | Exception) -> None:
    """While the access token lives it is used on, for half a minute without asking; all is kept."""
    case = Setting()
    case.hold(life=3600)
    before = case.stored()
    case.clock.time += 3400
    case.server.answer("/token", failure)
    assert case.fresh() == "access-secret-0"
    asked = case.server.count("/token")
    assert case.fresh() == "access-secret-0"
    assert case.server.count("/token") == asked
    assert case.stored() == before


def test_a_failing_server_after_the_end() -> None:
    """Then it is an error; the refresh token is still there when the server comes back."""
    case = Setting()
    case.hold(life=10)
    case.clock.time += 11
    case.server.answer("/token", httpx2.Response(502), httpx2.Response(502), httpx2.Response(502))
    with pytest.raises(UpstreamError):
        case.fresh()
    case.server.answer("/token", tokens(1))
    assert case.fresh() == "access-secret-1"


def test_a_lost_refresh_answer_is_asked_for_again() -> None:
    """A refresh whose answer was lost is repeated with the same refresh token."""
    case = Setting()
    case.hold(life=10)
    case.clock.time += 11
    case.server.answer("/token", httpx2.ReadTimeout("lost"), tokens(1))
    assert case.fresh() == "access-secret-1"
    assert case.server.forms()[0] == case.server.forms()[1]


def test_an_ended_refresh_token() -> None:
    """invalid_grant ends the sign-in: the error says so, and the server is not asked again."""
    case = Setting()
    case.hold(life=10)
    case.clock.time += 11
    case.server.answer("/token", oauth_error("invalid_grant", "Refresh token is expired."))
    for _ in range(2):
        with pytest.raises(SignInRequired, match="Sign in: "):
            case.fresh()
    assert case.server.count("/token") == 1


def test_an_ended_refresh_token_while_the_access_token_lives() -> None:
    """The access token is used to its end."""
    case = Setting()
    case.hold(life=3600)
    case.clock.time += 3400
    case.server.answer("/token", oauth_error("invalid_grant"))
    assert case.fresh() == "access-secret-0"


def test_invalid_grant_reads_the_store_again() -> None:
    """Somebody without our lock spent the refresh token: their successor is used."""
    case = Setting()
    case.hold(life=10)
    case.clock.time += 11
    case.server.answer("/token", oauth_error("invalid_grant"))
    case.server.before = lambda _: case.hold(life=3600, refresh_token="refresh-secret-9")
    assert case.fresh() == "access-secret-0"
    held = case.stored().held
    assert held is not None
    assert held.refresh_token == "refresh-secret-9"


def test_a_grant_takes_over() -> None:
    """After the refresh token's end a grant signs in anew."""
    case = Setting(grant=Password("jsmith", "password-secret"))
    case.hold(life=10)
    case.clock.time += 11
    case.server.answer("/token", oauth_error("invalid_grant"), tokens(2))
    assert case.fresh() == "access-secret-2"
    assert case.server.forms()[1]["username"] == "jsmith@vbc.prod"


def test_tokens_of_another_endpoint_stay_there() -> None:
    """A refresh token is only ever sent where it came from."""
    case = Setting()
    case.hold(life=10)
    moved = Record(held=msgspec.structs.replace(_held(case), token_url="https://old.example/token"))
    case.store.save(case.session.key, msgspec.json.encode(moved))
    case.clock.time += 11
    with pytest.raises(SignInRequired):
        case.fresh()
    assert case.server.asked == []


def _held(case: Setting) -> TokenSet:
    held = case.stored().held
    assert held is not None
    return held


def test_a_refused_password_stops() -> None:
    """VBC locks accounts: after one refusal nothing is sent, by no later start either."""
    case = Setting(grant=Password("jsmith", "password-secret"))
    case.server.answer("/token", oauth_error("invalid_grant", "17003 The account is locked"))
    for session in (case.session, case.session, case.another()):
        with pytest.raises(PasswordRefused, match="17003") as refused:
            case.fresh(session)
        assert "resume" in refused.value.hint
    assert case.server.count("/token") == 1
    case.connecting.run(case.session.resume())
    case.server.answer("/token", tokens(1))
    assert case.fresh() == "access-secret-1"


def test_signing_in_lifts_the_halt() -> None:
    """An explicit sign-in is "told otherwise": it is tried once, and ends the halt."""
    case = Setting(grant=Password("jsmith", "old-secret"))
    case.server.answer("/token", oauth_error("invalid_grant"), oauth_error("invalid_grant"))
    for act in (case.session.fresh(), case.session.sign_in(Password("jsmith", "new-secret"))):
        with pytest.raises(PasswordRefused):
            case.connecting.run(act)
    with pytest.raises(PasswordRefused):
        case.fresh()
    assert case.server.count("/token") == 2
    case.server.answer("/token", tokens(1))
    case.connecting.run(case.session.sign_in(Password("jsmith", "right-secret")))
    assert case.stored().halt is None
    assert case.fresh() == "access-secret-1"


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ([httpx2.Response(502)], UpstreamError),
        ([httpx2.ReadTimeout("slow")], TransportFailed),
        ([oauth_error("invalid_client", status=401)], ClientRefused),
    ],
)
def test_a_password_is_not_sent_twice(
    answers: list[httpx2.Response | Exception], error: type[Exception]
) -> None:
    """An unclear failure may have counted as an attempt: it is not repeated, and halts nothing."""
    case = Setting(grant=Password("jsmith", "password-secret"))
    case.server.answer("/token", *answers)
    with pytest.raises(error):
        case.fresh()
    assert case.server.count("/token") == 1
    assert case.stored().halt is None


def test_a_password_is_sent_again_after_not_now() -> None:
    """429 and 503 say that nothing was done: the wait they ask for is kept."""
    case = Setting(grant=Password("jsmith", "password-secret"))
    busy = httpx2.Response(503, headers={"retry-after": "4"})
    case.server.answer("/token", busy, tokens(1))
    assert case.fresh() == "access-secret-1"
    assert case.clock.waits == [4.5]


def test_signing_out_revokes_and_forgets() -> None:
    """The refresh token is revoked (RFC 7009), which ends the whole sign-in."""
    case = Setting()
    case.hold()
    case.server.answer("/revoke", httpx2.Response(200))
    case.connecting.run(case.session.sign_out())
    assert case.server.forms("/revoke") == [
        {"token": "refresh-secret-0", "token_type_hint": "refresh_token"}
    ]
    assert case.store.load(case.session.key) is None
    with pytest.raises(SignInRequired):
        case.fresh()
    case.connecting.run(case.session.sign_out())
    assert case.server.count("/revoke") == 1


def test_signing_out_without_a_server() -> None:
    """The tokens are forgotten even when they cannot be revoked, which is said."""
    case = Setting()
    case.hold(refresh_token=None)
    case.server.answer("/revoke", oauth_error("unsupported_token_type"))
    with pytest.raises(SignInFailed):
        case.connecting.run(case.session.sign_out())
    assert case.store.load(case.session.key) is None


def test_users_and_applications_are_apart() -> None:
    """The key is (token URL, client, user): no two share tokens by accident."""
    store = MemoryStore()
    keys = {
        Session(settings(), store, user="a").key,
        Session(settings(), store, user="b").key,
        Session(settings(), store, grant=Password("a", "x")).key,
        Session(settings(), store, grant=ClientCredentials()).key,
        Session(settings(token_url="https://other.example/token"), store, user="a").key,
    }
    assert len(keys) == 5


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("jsmith", "jsmith@vbc.prod"),
        ("jsmith@vbc.prod", "jsmith@vbc.prod"),
        ("a@example.com", "a@example.com@vbc.prod"),
        ("a@example.com@vbc.prod", "a@example.com@vbc.prod"),
    ],
)
def test_the_tenant_is_appended_when_it_is_not_there(given: str, sent: str) -> None:
    """A login may itself be an e-mail address: only the tenant's own ending counts."""
    assert Password(given, "x").form(settings())["username"] == sent
    assert Password(given, "x").form(settings(tenant=""))["username"] == given
