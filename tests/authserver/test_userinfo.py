"""Userinfo: the user behind an access token, as far as its scope reaches."""

import pytest

from tests.authserver.asgi import FORM, call
from tests.authserver.conftest import Server

FORMATS = pytest.mark.parametrize("access_token_format", ["jwt", "opaque"])


@FORMATS
async def test_openid_alone_tells_user_and_account(
    server: Server, access_token_format: str
) -> None:
    """GET and POST alike."""
    owner = await server.client(access_token_format=access_token_format)
    tokens = await server.issued(owner)
    headers: dict[str, str | bytes] = {"authorization": f"bearer {tokens['access_token']}"}

    for method in ("GET", "POST"):
        answer = await call(server.endpoints["/userinfo"], method, headers=headers)
        assert (answer.status, answer.json()) == (200, {"sub": "jsmith", "account": "571700"})


@pytest.mark.parametrize("authorization", [None, "Basic eDp5", "Bearer", "Bearer "])
async def test_without_access_token_there_is_a_plain_challenge(
    server: Server, authorization: str | None
) -> None:
    """It carries no error code (RFC 6750 section 3.1)."""
    headers: dict[str, str | bytes] = {"authorization": authorization} if authorization else {}
    answer = await call(server.endpoints["/userinfo"], "GET", headers=headers)
    assert answer.status == 401
    assert answer.header("www-authenticate") == 'Bearer realm="gatelodge"'


async def test_a_bad_access_token_is_invalid_token(server: Server) -> None:
    """An id_token and a refresh token are none either."""
    tokens = await server.issued(await server.client())
    for text in ("x", "é", tokens["id_token"], tokens["refresh_token"]):
        answer = await server.userinfo(text)
        assert (answer.status, answer.json()["error"]) == (401, "invalid_token")
        assert 'error="invalid_token"' in (answer.header("www-authenticate") or "")


async def test_an_access_token_in_the_address_or_body_is_not_taken(server: Server) -> None:
    """In the address it is refused outright, in a form it is not looked for."""
    access_token = (await server.issued(await server.client()))["access_token"]
    form = f"access_token={access_token}".encode()
    application = server.endpoints["/userinfo"]

    in_query = await call(application, "GET", query=form)
    in_body = await call(application, "POST", body=form, headers={"content-type": FORM})

    assert (in_query.status, in_query.json()["error"]) == (400, "invalid_request")
    assert in_body.status == 401


async def test_openid_and_a_user_are_needed(server: Server) -> None:
    """Otherwise 403 insufficient_scope, naming the scope."""
    owner = await server.client()
    without = await server.issued(owner, scope="profile")
    application = await server.post(
        "/token", owner, grant_type="client_credentials", scope="openid"
    )
    for text in (without["access_token"], application.json()["access_token"]):
        answer = await server.userinfo(text)
        assert (answer.status, answer.json()["error"]) == (403, "insufficient_scope")
        assert 'scope="openid"' in (answer.header("www-authenticate") or "")
