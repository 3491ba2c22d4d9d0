"""PyPI's Authlib against a running server, its id_token checks included."""

import asyncio

import pytest
import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc6749.errors import MismatchingStateException
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import OpenIDProviderMetadata
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.flows.signing_in import PASSWORD, USER, visit
from tests.serving import DEMO_KEY, DEMO_SECRET, Server

API = "/t/vbc.prod/provisioning/v1/api/accounts/self"
VERIFIER = "an-interoperable-code-verifier-of-forty-three-characters"


def metadata(demo: Server) -> OpenIDProviderMetadata:
    """Return the server's metadata, read as Authlib's type."""
    answer = requests.get(f"{demo.base_url}/.well-known/openid-configuration", timeout=10)
    return OpenIDProviderMetadata(answer.json())


def session(demo: Server, method: str = "client_secret_basic", **more: str) -> OAuth2Session:
    """Return a session of the demo application."""
    return OAuth2Session(
        DEMO_KEY,
        DEMO_SECRET,
        token_endpoint_auth_method=method,
        revocation_endpoint_auth_method=method,
        scope="openid profile",
        redirect_uri=f"{demo.base_url}/callback-demo",
        code_challenge_method="S256",
        **more,
    )


def signed_in(demo: Server, application: OAuth2Session, nonce: str = "n-1") -> str:
    """Sign in at the address the library made; return the address the browser came back to."""
    address, _ = application.create_authorization_url(
        metadata(demo)["authorization_endpoint"], code_verifier=VERIFIER, nonce=nonce
    )
    return asyncio.run(visit(address, f"{demo.base_url}/callback-demo"))


def test_the_metadata(demo: Server) -> None:
    """What the server says of itself passes every rule Authlib has for it, https aside."""
    found = metadata(demo)
    for name in found.REGISTRY_KEYS:
        # The demo speaks http on this machine, which these rules refuse.
        if name != "issuer" and not name.endswith(("_endpoint", "jwks_uri")):
            getattr(found, f"validate_{name}")()


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_code_refresh_and_revocation(demo: Server, method: str) -> None:
    """Code with PKCE, id_token, userinfo, refresh and revocation, both ways to authenticate."""
    application = session(demo, method)
    token_address = metadata(demo)["token_endpoint"]
    back = signed_in(demo, application)
    first = application.fetch_token(
        token_address, authorization_response=back, code_verifier=VERIFIER
    )
    keys = KeySet.import_key_set(requests.get(metadata(demo)["jwks_uri"], timeout=10).json())
    decoded = jwt.decode(first["id_token"], keys, algorithms=["RS256"])
    claims = CodeIDToken(
        decoded.claims,
        decoded.header,
        options={
            "iss": {"values": [demo.base_url]},
            "aud": {"values": [DEMO_KEY]},
        },
        params={"nonce": "n-1", "client_id": DEMO_KEY, "access_token": first["access_token"]},
    )
    claims.validate()
    person = application.get(metadata(demo)["userinfo_endpoint"]).json()
    assert (person["sub"], person["preferred_username"]) == (claims["sub"], "jsmith")
    second = application.refresh_token(token_address)
    assert second["refresh_token"] != first["refresh_token"]
    assert application.get(demo.base_url + API).status_code == 200
    ended = application.revoke_token(metadata(demo)["revocation_endpoint"], token_type_hint=None)
    assert ended.status_code == 200
    assert application.get(demo.base_url + API).status_code == 401


def test_password_and_client_credentials(demo: Server) -> None:
    """The two grants without a browser."""
    application = session(demo, "client_secret_post")
    address = f"{demo.base_url}/token"
    assert "id_token" in application.fetch_token(address, username=USER, password=PASSWORD)
    own = OAuth2Session(DEMO_KEY, DEMO_SECRET)
    assert "refresh_token" not in own.fetch_token(address, grant_type="client_credentials")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"code_verifier": "x" * 43}, "invalid_grant: PKCE validation failed"),
        ({"redirect_uri": "http://localhost/elsewhere"}, "invalid_grant: Callback url mismatch"),
    ],
)
def test_refusals(demo: Server, changed: dict[str, str], reason: str) -> None:
    """Another verifier or redirect URI is refused for that reason."""
    application = session(demo)
    back = signed_in(demo, application)
    values = {"code_verifier": VERIFIER, **changed}
    with pytest.raises(AuthlibBaseError, match=reason):
        application.fetch_token(f"{demo.base_url}/token", authorization_response=back, **values)


def test_a_wrong_secret(demo: Server) -> None:
    """A wrong secret is refused as the client's failure."""
    application = OAuth2Session(DEMO_KEY, "wrong")
    with pytest.raises(AuthlibBaseError, match="invalid_client: Client Authentication failed"):
        application.fetch_token(f"{demo.base_url}/token", grant_type="client_credentials")


def test_another_state(demo: Server) -> None:
    """The library refuses an answer that another request began."""
    application = session(demo)
    back = signed_in(demo, application)
    with pytest.raises(MismatchingStateException):
        application.fetch_token(
            f"{demo.base_url}/token", authorization_response=back, state="other"
        )
