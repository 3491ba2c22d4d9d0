"""Libraries that sign an assertion instead of sending a secret (RFC 7523), three of them."""

import pytest
import pytest_asyncio
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from httpx2 import AsyncClient
from joserfc.jwk import ECKey

from tests.flows.signing_in import visit
from tests.interop import node
from tests.oauth.asserting import CURVE, OTHER_CURVE, jwk_set
from tests.security.attacking import signing_application
from tests.serving import Server

VERIFIER = "an-interoperable-code-verifier-of-forty-three-characters"
METHOD = "private_key_jwt"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def signer(demo: Server) -> str:
    """The consumer key of an application that has registered one public key."""
    async with AsyncClient(base_url=demo.base_url, timeout=30) as http:
        callback = f"{demo.base_url}/callback-demo"
        keys = {"jwks": jwk_set(CURVE), "redirect_uris": callback}
        return (await signing_application(http, **keys))[1]


@pytest.mark.parametrize(
    "case", ["openidClient", "openidClientOtherKey", "oauth4webapi", "oauth4webapiRefusals"]
)
def test_javascript(demo: Server, signer: str, case: str) -> None:
    """Code + PKCE, refresh and revocation with assertions; another key's are refused."""
    node.run("private_key_jwt", case, demo, key=signer, jwk=CURVE.as_dict(private=True))


def session(demo: Server, signer: str, key: ECKey, audience: str | None) -> OAuth2Session:
    """Return a session of Authlib's that signs with ``key``; it has to be told the audience."""
    made = OAuth2Session(
        signer,
        key,
        token_endpoint_auth_method=METHOD,
        revocation_endpoint_auth_method=METHOD,
        scope="openid",
        redirect_uri=f"{demo.base_url}/callback-demo",
        code_challenge_method="S256",
    )
    made.register_client_auth_method(
        PrivateKeyJWT(audience, headers={"kid": CURVE.kid}, alg="ES256")
    )
    return made


async def test_authlib(demo: Server, signer: str) -> None:
    """The same with Authlib, whose assertions are for the issuer once it is told so."""
    application = session(demo, signer, CURVE, demo.base_url)
    token_address = f"{demo.base_url}/token"
    address, _ = application.create_authorization_url(
        f"{demo.base_url}/authorize", code_verifier=VERIFIER
    )
    back = await visit(address, f"{demo.base_url}/callback-demo")
    first = application.fetch_token(
        token_address, authorization_response=back, code_verifier=VERIFIER
    )
    second = application.refresh_token(token_address)
    assert second["refresh_token"] != first["refresh_token"]
    ended = application.revoke_token(f"{demo.base_url}/revoke", token_type_hint="refresh_token")
    assert ended.status_code == 200
    with pytest.raises(AuthlibBaseError, match="invalid_grant"):
        application.refresh_token(token_address, refresh_token=second["refresh_token"])


@pytest.mark.parametrize(
    ("key", "is_told"), [(OTHER_CURVE, True), (CURVE, False)], ids=["key", "audience"]
)
async def test_authlib_refused(demo: Server, signer: str, key: ECKey, *, is_told: bool) -> None:
    """Another key is refused, and so is the audience that Authlib takes when it is told none."""
    application = session(demo, signer, key, demo.base_url if is_told else None)
    with pytest.raises(AuthlibBaseError, match="invalid_client"):
        application.fetch_token(f"{demo.base_url}/token", grant_type="client_credentials")
