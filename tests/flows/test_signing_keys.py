"""Signing keys of a running server, rotated and revoked by the operator's commands beside it."""

import asyncio
import json
import os
import re
from base64 import urlsafe_b64decode
from collections.abc import Callable
from typing import Any

import httpx2
from joserfc import jwk, jwt

from gatelodge.oauth.signatures import ALGORITHMS
from tests.flows.signing_in import by_password
from tests.serving import DEMO_KEY, DEMO_SECRET, PROGRAM, Server

API = "/t/vbc.prod/provisioning/v1/api/accounts/self"


async def keys(demo: Server, database_url: str, *arguments: str) -> Any:
    """Run ``gatelodge keys`` beside the server and return what it prints as JSON."""
    environment = {
        **os.environ,
        "GATELODGE_DATA_DIR": str(demo.data_dir),
        "GATELODGE_DATABASE_URL": database_url,
    }
    process = await asyncio.create_subprocess_exec(
        *PROGRAM,
        "keys",
        *arguments,
        "--json",
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    printed, problems = await process.communicate()
    assert process.returncode == 0, problems.decode()
    return json.loads(printed)


def kid_of(text: str) -> str:
    """Return the kid in a JWT's header."""
    head = text.split(".", maxsplit=1)[0]
    return str(json.loads(urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"])


async def published(http: httpx2.AsyncClient, wanted: Callable[[set[str]], bool]) -> Any:
    """Ask for the JWK set until its kids are as wanted; return it."""
    async with asyncio.timeout(10):
        while True:
            found = (await http.get("/jwks")).json()
            if wanted({key["kid"] for key in found["keys"]}):
                return found


def active(listed: Any, algorithm: str) -> str:
    """Return the kid of the key that signs."""
    (kid,) = {k["kid"] for k in listed if (k["state"], k["algorithm"]) == ("active", algorithm)}
    return str(kid)


async def call(http: httpx2.AsyncClient, access_token: str) -> int:
    """Call the API; return the status."""
    answer = await http.get(API, headers={"Authorization": f"Bearer {access_token}"})
    return answer.status_code


async def test_keys_change_under_a_running_server(
    demo: Server, http: httpx2.AsyncClient, database_url: str
) -> None:
    """Two rotations in a row: old access tokens work, new tokens carry the new, published kid."""
    issued = [(await by_password(http, scope="openid")).json()]
    for _ in range(2):
        listed = await keys(demo, database_url, "rotate", "--now")
        wanted = {active(listed, "ES256"), active(listed, "RS256")}
        jwks = await published(http, wanted.issubset)
        issued.append((await by_password(http, scope="openid")).json())
        assert {kid_of(issued[-1][name]) for name in ("access_token", "id_token")} == wanted
        read = jwt.decode(
            issued[-1]["id_token"], jwk.KeySet.import_key_set(jwks), algorithms=["RS256"]
        )
        assert read.claims["azp"] == DEMO_KEY
    for each in issued:
        assert await call(http, each["access_token"]) == 200
    assert len({kid_of(each["access_token"]) for each in issued}) == 3


async def test_a_revoked_key_ends_what_it_signed(
    demo: Server, http: httpx2.AsyncClient, database_url: str
) -> None:
    """The gateway, which had verified the token before, refuses it; introspection is inactive."""
    access_token = (await by_password(http, scope="openid")).json()["access_token"]
    assert await call(http, access_token) == 200
    kid = kid_of(access_token)

    listed = await keys(demo, database_url, "revoke", kid)
    await published(http, lambda kids: kid not in kids and active(listed, "ES256") in kids)

    assert await call(http, access_token) == 401
    bearer = {"Authorization": f"Bearer {access_token}"}
    assert (await http.get("/userinfo", headers=bearer)).status_code == 401
    form = {"token": access_token}
    answer = await http.post("/introspect", data=form, auth=(DEMO_KEY, DEMO_SECRET))
    assert answer.json() == {"active": False}
    fresh = (await by_password(http)).json()["access_token"]
    assert kid_of(fresh) == active(listed, "ES256")
    assert await call(http, fresh) == 200


async def test_every_algorithm_is_published_from_the_first_start_on(
    demo: Server, http: httpx2.AsyncClient, database_url: str
) -> None:
    """So that no copy of the set lacks the key of an algorithm somebody chooses later."""
    listed = await keys(demo, database_url, "list")
    by_algorithm = {key["algorithm"]: key["kid"] for key in listed if key["state"] == "active"}
    jwks = (await http.get("/jwks")).json()["keys"]
    assert by_algorithm == {key["alg"]: key["kid"] for key in jwks}
    assert set(by_algorithm) == set(ALGORITHMS)


async def test_a_copy_of_the_set_is_asked_about(http: httpx2.AsyncClient) -> None:
    """304 without a body, and the connection goes on being used."""
    tag = (await http.get("/jwks")).headers["etag"]
    for _ in range(2):
        answer = await http.get("/jwks", headers={"If-None-Match": tag})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == tag
        assert "content-length" not in answer.headers
    assert (await http.get("/jwks")).status_code == 200


async def test_the_jwk_set_is_not_kept_longer_than_a_key_is_announced(
    demo: Server, http: httpx2.AsyncClient, database_url: str
) -> None:
    """An announced key is in the set and signs nothing; caches ask again within the hour."""
    listed = await keys(demo, database_url, "rotate")
    (coming,) = (k for k in listed if (k["state"], k["algorithm"]) == ("coming", "ES256"))
    await published(http, lambda kids: coming["kid"] in kids)

    issued = (await by_password(http)).json()
    assert kid_of(issued["access_token"]) == active(listed, "ES256")
    kept = re.search(r"max-age=(\d+)", (await http.get("/jwks")).headers["cache-control"])
    assert kept is not None
    assert int(kept[1]) <= 3_600 < coming["signs_from"] - coming["since"]
