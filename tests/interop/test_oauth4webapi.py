"""npm's oauth4webapi against a running server; what is asserted is in `oauth4webapi.mjs`."""

from tests.interop import node
from tests.serving import Server


def test_discovery(demo: Server) -> None:
    """Both algorithms of discovery agree, and the issuer is the one that was asked."""
    node.run("oauth4webapi", "discovery", demo)


def test_code_flow(demo: Server) -> None:
    """Code with PKCE and nonce, the id_token checked with the published keys, then userinfo."""
    node.run("oauth4webapi", "codeFlow", demo)


def test_jwt_access_token(demo: Server) -> None:
    """The access token is a JWT as RFC 9068 has it, for its own audience only."""
    node.run("oauth4webapi", "jwtAccessToken", demo)


def test_refresh(demo: Server) -> None:
    """A refresh token rotates, and its repetition within the grace gets the same successor."""
    node.run("oauth4webapi", "refresh", demo)


def test_revocation(demo: Server) -> None:
    """A revoked access token is inactive; a revoked refresh token cannot be used."""
    node.run("oauth4webapi", "revocation", demo)


def test_client_credentials(demo: Server) -> None:
    """Client credentials with the secret in the body get the scope default."""
    node.run("oauth4webapi", "clientCredentials", demo)


def test_wrong_secret(demo: Server) -> None:
    """A wrong secret is refused and does not spend the code."""
    node.run("oauth4webapi", "wrongSecret", demo)


def test_wrong_verifier(demo: Server) -> None:
    """Another code verifier is refused, and so is none."""
    node.run("oauth4webapi", "wrongVerifier", demo)


def test_wrong_redirect(demo: Server) -> None:
    """Another redirect URI is refused at the token endpoint, and shown on a page before it."""
    node.run("oauth4webapi", "wrongRedirect", demo)


def test_wrong_answer(demo: Server) -> None:
    """It notices a changed or missing state or issuer before it sends the code."""
    node.run("oauth4webapi", "wrongAnswer", demo)


def test_wrong_scope(demo: Server) -> None:
    """An unknown scope comes back to the application as invalid_scope."""
    node.run("oauth4webapi", "wrongScope", demo)
