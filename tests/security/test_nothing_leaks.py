"""No secret is written anywhere in plain text (lines 36, 37, 71, 75)."""

from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from gatelodge.oauth import opaque
from tests import serving
from tests.flows.signing_in import PASSWORD, authorize, by_password, redeem, refresh
from tests.security import leaks
from tests.security.attacking import API, DEMO, bearer, own_application
from tests.serving import Server


async def live_a_life(server: Server, http: httpx2.AsyncClient) -> tuple[set[str], list[str]]:
    """Use everything, well and badly; return the secrets that passed, and all bodies of errors."""
    redirect_uri = f"{server.base_url}/callback-demo"
    attacker = await own_application(http, "Leaks")
    code = (await authorize(http, redirect_uri))["code"]
    first = (await redeem(http, code, redirect_uri)).json()
    second = (await refresh(http, first["refresh_token"])).json()
    third = (await by_password(http, scope="openid")).json()
    tokens = {each[name] for each in (first, second, third) for name in _NAMES if name in each}
    secrets = tokens | {code, attacker.consumer_secret, PASSWORD, "demo-developer-password"}
    secrets |= {cookie.value for cookie in http.cookies.jar if cookie.value is not None}
    guess = "a-guess-that-is-nearly-right-0123"
    wrong = [
        await redeem(http, code, redirect_uri),
        await redeem(http, attacker.consumer_secret, redirect_uri),
        await refresh(http, third["access_token"]),
        await by_password(http, password=guess),
        await http.post("/token", data={"grant_type": code}, auth=attacker.credentials),
        await http.post("/token", data={"client_id": attacker.consumer_secret}),
        await http.post("/token", json={"password": guess}),
        await http.get(API, headers={"Authorization": f"Basic {third['access_token']}"}),
        await http.get(API, headers=bearer(third["access_token"] + "x")),
        await http.get(API, params={"access_token": third["access_token"]}),
        await http.get("/userinfo", headers=bearer(first["access_token"])),
        await http.get("/authorize", params={"client_id": attacker.consumer_secret}),
        await http.post("/introspect", data={"token": third["refresh_token"] + "x"}, auth=DEMO),
        await http.post("/revoke", data={"token": third["refresh_token"]}, auth=DEMO),
    ]
    return secrets | {guess}, [answer.text for answer in wrong]


_NAMES = ("access_token", "refresh_token", "id_token")


@pytest.mark.slow
async def test_a_whole_story_leaves_no_secret_behind(tmp_path: Path) -> None:
    """Output, every file of the data directory (WAL included) and errors hold digests only."""
    async with (
        serving.serving(tmp_path / "data", "--demo") as server,
        httpx2.AsyncClient(base_url=server.base_url, timeout=30) as http,
    ):
        secrets, bodies = await live_a_life(server, http)
        written = leaks.written(server)
        assert any(name.endswith("-wal") for name in written)
        await server.kill()
    answers = {f"answer {n}": body.encode() for n, body in enumerate(bodies)}
    public = {PASSWORD, "demo-developer-password"}  # The demo prints them.
    assert not leaks.leaks(leaks.written(server) | answers, secrets - public)
    del written[str(server.output)]
    assert not leaks.leaks(written | answers, secrets)


@pytest.mark.parametrize("spell", [str.encode, lambda text: text.encode().hex().encode()])
def test_a_leak_would_be_found(spell: Callable[[str], bytes]) -> None:
    """What is planted is found, by its looks or because it is searched for in another spelling."""
    secret = opaque.write(opaque.REFRESH_TOKEN, 7, b"s" * 32)
    planted = {"file": b"before " + spell(secret) + b" after"}
    assert ("file", secret) in leaks.leaks(planted, {secret})
    assert bool(leaks.leaks(planted)) is (spell is str.encode)
    assert not leaks.leaks({"file": secret[:-1].encode()})
    random_part = {"file": b"s" * 32}
    assert leaks.leaks(random_part, {secret})
