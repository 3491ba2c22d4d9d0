"""No secret is written anywhere in plain text (lines 36, 37, 71, 75)."""

import base64
from pathlib import Path

import httpx2
import pytest

from tests import serving
from tests.flows.signing_in import PASSWORD, authorize, by_password, redeem, refresh
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


def spellings(secret: str) -> set[bytes]:
    """Return how a secret could stand somewhere."""
    raw = secret.encode()
    found = {raw, base64.b64encode(raw), raw.hex().encode()}
    prefix, _, text = secret.partition("_")
    if prefix.startswith("gl") and text:
        # The random part alone, as bytes.
        found.add(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))[8:-4])
    return found


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
async def test_a_whole_story_leaves_no_secret_behind(tmp_path: Path) -> None:
    """Output, every file of the data directory (WAL included) and errors hold digests only."""
    async with (
        serving.serving(tmp_path / "data", "--demo") as server,
        httpx2.AsyncClient(base_url=server.base_url, timeout=30) as http,
    ):
        secrets, bodies = await live_a_life(server, http)
        written = contents(tmp_path)
        assert any(name.endswith("-wal") for name in written)
        await server.kill()
    public = {PASSWORD, "demo-developer-password"}
    written[str(server.output)] = server.output.read_bytes()
    everything = written | {f"answer {n}": body.encode() for n, body in enumerate(bodies)}
    for secret in secrets:
        for name, content in everything.items():
            if secret in public and name == str(server.output):
                continue  # The demo prints its public passwords.
            for spelled in spellings(secret):
                assert spelled not in content, (name, secret)
