"""npm's openid-client against a running server; what is asserted is in `openid_client.mjs`."""

from tests.interop import node
from tests.serving import Server


def test_discovery(demo: Server) -> None:
    """It reads the metadata at both well-known paths and finds the same server."""
    node.run("openid_client", "discovery", demo)


def test_code_flow(demo: Server) -> None:
    """Code with PKCE, the id_token checked against the published keys, then userinfo."""
    node.run("openid_client", "codeFlow", demo)


def test_post_authentication(demo: Server) -> None:
    """A code is redeemed with the secret in the body."""
    node.run("openid_client", "postAuthentication", demo)


def test_basic_authentication(demo: Server) -> None:
    """A code is redeemed with the secret in the Authorization header."""
    node.run("openid_client", "basicAuthentication", demo)


def test_refresh(demo: Server) -> None:
    """Refresh tokens rotate, and an old one that comes back ends the whole family."""
    node.run("openid_client", "refresh", demo)


def test_revocation(demo: Server) -> None:
    """A revoked refresh token ends its access token too; an unknown token is no error."""
    node.run("openid_client", "revocation", demo)


def test_api_call(demo: Server) -> None:
    """The access token opens the Provisioning API, another one is answered with a challenge."""
    node.run("openid_client", "apiCall", demo)


def test_other_grants(demo: Server) -> None:
    """Client credentials give no refresh token; the password grant gives an id_token."""
    node.run("openid_client", "otherGrants", demo)


def test_wrong_secret(demo: Server) -> None:
    """A wrong secret is refused with status 401 and a challenge."""
    node.run("openid_client", "wrongSecret", demo)


def test_wrong_verifier(demo: Server) -> None:
    """Another code verifier is refused as such."""
    node.run("openid_client", "wrongVerifier", demo)


def test_missing_verifier(demo: Server) -> None:
    """A code that was asked for with a challenge is not given without its verifier."""
    node.run("openid_client", "missingVerifier", demo)


def test_wrong_redirect(demo: Server) -> None:
    """Another redirect URI is refused at the token endpoint, and shown on a page before it."""
    node.run("openid_client", "wrongRedirect", demo)


def test_wrong_answer(demo: Server) -> None:
    """It notices a changed state or issuer, and a missing issuer, before it sends the code."""
    node.run("openid_client", "wrongAnswer", demo)


def test_replay(demo: Server) -> None:
    """A code is redeemed once; the second time ends what the first one got."""
    node.run("openid_client", "replay", demo)
