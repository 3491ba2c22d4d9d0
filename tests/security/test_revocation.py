"""Revocation and introspection across two applications (lines 125-128)."""

import httpx2

from tests.flows.signing_in import by_password, refresh
from tests.security.attacking import API, DEMO, bearer, own_application


async def test_anothers_tokens_are_neither_ended_nor_described(http: httpx2.AsyncClient) -> None:
    """Lines 125 and 128: 200 without effect, and ``{"active": false}`` and nothing else."""
    attacker = await own_application(http, "Stranger")
    issued = (await by_password(http, scope="openid")).json()
    for name in ("access_token", "refresh_token", "id_token"):
        asked = {"token": issued[name], "token_type_hint": name}
        revoked = await http.post("/revoke", data=asked, auth=attacker.credentials)
        assert (revoked.status_code, revoked.content) == (200, b"")
        described = await http.post("/introspect", data=asked, auth=attacker.credentials)
        assert (described.status_code, described.json()) == (200, {"active": False})
    assert (await http.get(API, headers=bearer(issued["access_token"]))).status_code == 200
    stolen = {"grant_type": "refresh_token", "refresh_token": issued["refresh_token"]}
    refused = await http.post("/token", data=stolen, auth=attacker.credentials)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert (await refresh(http, issued["refresh_token"])).status_code == 200


async def test_either_token_ends_both_with_the_next_call(http: httpx2.AsyncClient) -> None:
    """Line 126: gateway, userinfo, introspection and refresh all refuse at once."""
    for name in ("access_token", "refresh_token"):
        issued = (await by_password(http, scope="openid")).json()
        assert (await http.get(API, headers=bearer(issued["access_token"]))).status_code == 200
        assert (await http.post("/revoke", data={"token": issued[name]}, auth=DEMO)).is_success
        for path in (API, "/userinfo"):
            refused = await http.get(path, headers=bearer(issued["access_token"]))
            assert refused.status_code == 401
        for other in ("access_token", "refresh_token"):
            asked = {"token": issued[other]}
            described = await http.post("/introspect", data=asked, auth=DEMO)
            assert described.json() == {"active": False}
        assert (await refresh(http, issued["refresh_token"])).json()["error"] == "invalid_grant"


async def test_unknown_texts_are_revoked_without_a_word(http: httpx2.AsyncClient) -> None:
    """Line 127: 200, whatever the text and the hint are."""
    for text in ("x", "glrt_" + "A" * 59, "a.b.c", "é", "x" * 20_000):
        for hint in ({}, {"token_type_hint": "saml"}):
            answer = await http.post("/revoke", data={"token": text} | hint, auth=DEMO)
            assert (answer.status_code, answer.content) == (200, b"")
