"""Pages of other origins: the client's own may read answers, others may not."""

from tests.authserver.asgi import call, post
from tests.authserver.conftest import SECRET, Server

OWN = "https://app.example"
EVIL = "https://evil.example"
ALLOWED = "access-control-allow-origin"


async def test_the_clients_own_pages_may_read_answers(server: Server) -> None:
    """Errors about the client included; with Vary, never with credentials."""
    owner = await server.client()
    form = {"grant_type": "client_credentials"}
    for secret, status in ((SECRET, 200), ("wrong", 401)):
        answer = await post(
            server.endpoints["/token"], form, auth=(owner.client_id, secret), origin=OWN
        )
        assert (answer.status, answer.header(ALLOWED)) == (status, OWN)
        assert answer.header("vary") == "origin"
        assert answer.header("access-control-allow-credentials") is None


async def test_other_pages_may_not(server: Server) -> None:
    """Neither foreign ones nor anybody's for an unknown client."""
    owner = await server.client()
    form = {"grant_type": "client_credentials"}
    for client_id in (owner.client_id, "nobody"):
        answer = await post(server.endpoints["/token"], form, auth=(client_id, SECRET), origin=EVIL)
        assert answer.header(ALLOWED) is None


async def test_userinfo_goes_by_the_tokens_client(server: Server) -> None:
    """Its pages may read it, others not."""
    tokens = await server.issued(await server.client())
    for origin, allowed in ((OWN, OWN), (EVIL, None)):
        headers: dict[str, str | bytes] = {
            "authorization": f"Bearer {tokens['access_token']}",
            "origin": origin,
        }
        answer = await call(server.endpoints["/userinfo"], "GET", headers=headers)
        assert answer.header(ALLOWED) == allowed


async def test_a_preflight_promises_nothing(server: Server) -> None:
    """Any origin may ask; whether it may read is decided by the request itself."""
    answer = await call(server.endpoints["/userinfo"], "OPTIONS", headers={"origin": EVIL})
    assert (answer.status, answer.header(ALLOWED)) == (204, EVIL)
    assert answer.header("access-control-allow-headers") == "authorization, content-type"
    assert answer.header("access-control-allow-credentials") is None
    plain = await call(server.endpoints["/token"], "OPTIONS")
    assert (plain.status, plain.header("allow")) == (204, "POST")


async def test_public_documents_are_for_everybody(server: Server) -> None:
    """Metadata and keys carry a wildcard."""
    for path in ("/jwks", "/.well-known/openid-configuration"):
        answer = await call(server.endpoints[path], "GET", headers={"origin": EVIL})
        assert answer.header(ALLOWED) == "*"


async def test_introspection_is_not_for_browsers(server: Server) -> None:
    """There is no preflight answer."""
    assert (await call(server.endpoints["/introspect"], "OPTIONS")).status == 405
