"""The password grant: a legacy switch per key, one answer for every failure."""

import pytest

from tests.authserver.conftest import PASSWORD, Server


@pytest.mark.parametrize("username", ["jsmith", "jsmith@vbc.prod"])
async def test_the_realm_may_be_there_or_not(server: Server, username: str) -> None:
    """Both logins are the same user; there is no nonce and the sign-in is now."""
    owner = await server.client()
    answer = await server.post(
        "/token", owner, grant_type="password", username=username, password=PASSWORD
    )
    assert answer.json()["scope"] == "default"
    assert await server.active(owner, answer.json()["access_token"])


@pytest.mark.parametrize(("username", "password"), [("jsmith", "wrong"), ("nobody", PASSWORD)])
async def test_a_failed_sign_in_is_invalid_grant(
    server: Server, username: str, password: str
) -> None:
    """With VBC's text, the same for a wrong password and an unknown user."""
    answer = await server.post(
        "/token",
        await server.client(),
        grant_type="password",
        username=username,
        password=password,
    )
    assert (answer.status, answer.json()["error"]) == (400, "invalid_grant")
    text = answer.json()["error_description"]
    assert text == f"Authentication failed for {username}@vbc.prod"


@pytest.mark.parametrize("missing", ["username", "password"])
async def test_both_are_needed(server: Server, missing: str) -> None:
    """Without one it is invalid_request."""
    form = {"username": "jsmith", "password": PASSWORD} | {missing: ""}
    answer = await server.post("/token", await server.client(), grant_type="password", **form)
    assert (answer.status, answer.json()["error"]) == (400, "invalid_request")


async def test_a_full_pool_is_503_with_retry_after(server: Server) -> None:
    """So that nobody mistakes it for a wrong password."""
    server.pool_full = True
    answer = await server.post(
        "/token",
        await server.client(),
        grant_type="password",
        username="jsmith",
        password=PASSWORD,
    )
    assert (answer.status, answer.header("retry-after")) == (503, "1")
    assert answer.json()["error"] == "temporarily_unavailable"
