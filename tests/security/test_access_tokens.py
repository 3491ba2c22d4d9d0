"""What access tokens are, and how they may be sent (lines 39-50)."""

from pathlib import Path

import httpx2
import pytest

from tests import serving
from tests.flows.signing_in import by_password
from tests.security.attacking import API, DEMO, bearer, decode64, part
from tests.security.victims import Operator, refresh, tokens
from tests.serving import DEMO_KEY


async def test_what_is_stored_is_random(http: httpx2.AsyncClient) -> None:
    """Line 39: 256 bits, never twice, and every bit takes either value."""
    texts = [(await by_password(http)).json()["refresh_token"] for _ in range(12)]
    secrets = [int.from_bytes(decode64(text.partition("_")[2])[8:-4], "big") for text in texts]
    assert len(decode64(texts[0].partition("_")[2])[8:-4]) == 32
    assert len(set(secrets)) == len(secrets)
    seen = [sum(secret >> bit & 1 for secret in secrets) for bit in range(256)]
    assert sum(0 < count < len(secrets) for count in seen) > 250


async def test_an_access_token_in_the_address_is_refused(http: httpx2.AsyncClient) -> None:
    """Lines 40 and 43: refused by our endpoints, with a good header too, and no credential."""
    good = (await by_password(http, scope="openid")).json()["access_token"]
    query = {"access_token": good}
    for headers in ({}, bearer(good)):
        userinfo = await http.get("/userinfo", params=query, headers=headers)
        assert (userinfo.status_code, userinfo.json()["error"]) == (400, "invalid_request")
    asked = await http.post("/introspect", params={"token": good}, auth=DEMO, data={"token": good})
    assert asked.status_code == 400
    gateway = await http.get(API, params=query)
    assert (gateway.status_code, gateway.json()["code"]) == (401, "900902")


async def test_line_41_an_access_token_for_another_api(http: httpx2.AsyncClient) -> None:
    """Line 41: narrowed to one resource, it is refused at any other; so is an unknown resource."""
    base = str(http.base_url).rstrip("/")
    api, userinfo = f"{base}/t/vbc.prod/provisioning/v1", f"{base}/userinfo"
    for resource, at_api, at_userinfo in ((api, 200, 401), (userinfo, 401, 200)):
        issued = (await by_password(http, scope="openid", resource=resource)).json()
        assert part(issued["access_token"], 1)["aud"] == resource
        told = bearer(issued["access_token"])
        assert (await http.get(API, headers=told)).status_code == at_api
        assert (await http.get("/userinfo", headers=told)).status_code == at_userinfo
    refused = await by_password(http, resource=f"{api}/api")
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_target")


async def test_an_application_is_no_user(http: httpx2.AsyncClient) -> None:
    """Line 45: an application's access token names the consumer key, and opens no account."""
    answer = await http.post("/token", data={"grant_type": "client_credentials"}, auth=DEMO)
    access_token = answer.json()["access_token"]
    claims = part(access_token, 1)
    assert (claims["sub"], claims["aut"]) == (DEMO_KEY, "APPLICATION")
    assert not {"uid", "fid"} & set(claims)
    assert "refresh_token" not in answer.json()
    assert (await http.get("/userinfo", headers=bearer(access_token))).status_code == 403
    refused = await http.get(API, headers=bearer(access_token))
    assert (refused.status_code, b"account" in refused.content) == (401, False)


@pytest.mark.parametrize("access_token_format", ["jwt", "opaque"])
async def test_line_46_a_whole_installations_maximum(
    tmp_path: Path, access_token_format: str
) -> None:
    """46. However long a key's access tokens may live, none outlives the operator's maximum."""
    environment = {"GATELODGE_LONGEST_ACCESS_TOKEN": "300"}
    async with (
        serving.serving(tmp_path / "data", "--demo", environment=environment) as server,
        httpx2.AsyncClient(base_url=server.base_url, timeout=60) as http,
        Operator.of(server) as operator,
    ):
        key = await operator.register(access_token_format=access_token_format)
        first = await tokens(http, key, await operator.person())
        second = (await refresh(http, key, first["refresh_token"])).json()
        for issued in (first, second):
            assert 290 <= issued["expires_in"] <= 300
            told = await http.post("/introspect", data=key.form(token=issued["access_token"]))
            assert told.json()["exp"] - told.json()["iat"] == 300


async def test_an_access_token_says_where_it_is_good(http: httpx2.AsyncClient) -> None:
    """Lines 44 and 46: type, issuer, audience and lifetime are those that were promised."""
    issued = (await by_password(http)).json()
    claims = part(issued["access_token"], 1)
    assert part(issued["access_token"], 0)["typ"] == "at+jwt"
    assert claims["iss"] == claims["aud"] == str(http.base_url).rstrip("/")
    assert claims["exp"] - claims["iat"] == issued["expires_in"] == 86_400
