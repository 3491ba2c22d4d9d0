"""PyPI's requests-oauthlib against a running server, the way VBC's users write it."""

import asyncio

import pytest
from oauthlib.oauth2 import BackendApplicationClient, LegacyApplicationClient
from oauthlib.oauth2.rfc6749.errors import (
    InvalidClientError,
    InvalidGrantError,
    MismatchingStateError,
)
from requests_oauthlib import OAuth2Session

from tests.flows.signing_in import PASSWORD, USER, visit
from tests.serving import DEMO_KEY, DEMO_SECRET, Server

API = "/t/vbc.prod/provisioning/v1/api/accounts/self"


@pytest.fixture(autouse=True)
def _plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library asks for https; the demo speaks http on this machine only."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")


def session(demo: Server) -> OAuth2Session:
    """Return a session of the demo application that proves its code requests with PKCE."""
    return OAuth2Session(
        DEMO_KEY, redirect_uri=f"{demo.base_url}/callback-demo", scope=["openid"], pkce="S256"
    )


def signed_in(demo: Server, application: OAuth2Session) -> str:
    """Sign in at the address the library made; return the address the browser came back to."""
    address, _ = application.authorization_url(f"{demo.base_url}/authorize")
    return asyncio.run(visit(address, f"{demo.base_url}/callback-demo"))


def test_code_refresh_and_revocation(demo: Server) -> None:
    """Code with PKCE, a call, userinfo, a refresh and a revocation that ends the call."""
    application = session(demo)
    back = signed_in(demo, application)
    first = application.fetch_token(
        f"{demo.base_url}/token", authorization_response=back, client_secret=DEMO_SECRET
    )
    assert application.get(demo.base_url + API).json()["_embedded"]["account"]["id"] == 571700
    assert application.get(f"{demo.base_url}/userinfo").status_code == 200
    second = application.refresh_token(
        f"{demo.base_url}/token", auth=(DEMO_KEY, DEMO_SECRET), timeout=10
    )
    assert second["refresh_token"] != first["refresh_token"]
    ended = application.post(
        f"{demo.base_url}/revoke",
        data={"token": second["access_token"]},
        auth=(DEMO_KEY, DEMO_SECRET),
        withhold_token=True,
    )
    assert (ended.status_code, ended.content) == (200, b"")
    assert application.get(demo.base_url + API).status_code == 401


def test_password_grant(demo: Server) -> None:
    """The password grant with the credentials in the body, then the account."""
    application = OAuth2Session(client=LegacyApplicationClient(client_id=DEMO_KEY))
    obtained = application.fetch_token(
        f"{demo.base_url}/token",
        username=USER,
        password=PASSWORD,
        client_id=DEMO_KEY,
        client_secret=DEMO_SECRET,
        include_client_id=True,
    )
    assert obtained["scope"] == ["default"]
    assert application.get(demo.base_url + API).status_code == 200


def test_client_credentials(demo: Server) -> None:
    """An application gets a token of its own, without a refresh token."""
    application = OAuth2Session(client=BackendApplicationClient(client_id=DEMO_KEY))
    obtained = application.fetch_token(f"{demo.base_url}/token", client_secret=DEMO_SECRET)
    assert "refresh_token" not in obtained


def test_refusals(demo: Server) -> None:
    """A wrong secret and another redirect URI are refused for that reason."""
    application = session(demo)
    back = signed_in(demo, application)
    token_address = f"{demo.base_url}/token"
    with pytest.raises(InvalidClientError, match="Client Authentication failed"):
        application.fetch_token(token_address, authorization_response=back, client_secret="no")
    application.redirect_uri = f"{demo.base_url}/elsewhere"
    with pytest.raises(InvalidGrantError, match="Callback url mismatch"):
        application.fetch_token(
            token_address, authorization_response=back, client_secret=DEMO_SECRET
        )


def test_another_verifier(demo: Server) -> None:
    """A code is not given to a session with another verifier."""
    first, other = session(demo), session(demo)
    back = signed_in(demo, first)
    other.authorization_url(f"{demo.base_url}/authorize", state=first._state)
    with pytest.raises(InvalidGrantError, match="PKCE validation failed"):
        other.fetch_token(
            f"{demo.base_url}/token", authorization_response=back, client_secret=DEMO_SECRET
        )


def test_another_state(demo: Server) -> None:
    """The library refuses an answer that another request began."""
    first, other = session(demo), session(demo)
    other.authorization_url(f"{demo.base_url}/authorize")
    back = signed_in(demo, first)
    with pytest.raises(MismatchingStateError):
        other.fetch_token(
            f"{demo.base_url}/token", authorization_response=back, client_secret=DEMO_SECRET
        )
