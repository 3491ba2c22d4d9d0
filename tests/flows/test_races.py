"""What may happen once happens once, through sockets, on both databases."""

import asyncio

import httpx2

from tests import serving
from tests.flows.signing_in import authorize, by_password, redeem, refresh
from tests.serving import DEMO_KEY, Server

API = "/t/vbc.prod/provisioning/v1/api/accounts/self"
PARALLEL = 64


def callback(demo: Server) -> str:
    """Return the demo application's registered redirect URI."""
    return f"{demo.base_url}/callback-demo"


async def test_64_parallel_redemptions_have_one_winner(
    demo: Server, http: httpx2.AsyncClient
) -> None:
    """Of 64 redemptions of one code one gets tokens, the others invalid_grant, nobody a 5xx."""
    code = (await authorize(http, callback(demo)))["code"]

    answers = await asyncio.gather(*(redeem(http, code, callback(demo)) for _ in range(PARALLEL)))

    assert sorted(answer.status_code for answer in answers) == [200] + [400] * (PARALLEL - 1)
    assert {answer.json()["error"] for answer in answers if answer.status_code == 400} == {
        "invalid_grant"
    }


async def test_a_valid_replay_revokes_what_the_first_redemption_got(
    demo: Server, http: httpx2.AsyncClient
) -> None:
    """After a replay the first access token opens nothing and its refresh token is dead."""
    code = (await authorize(http, callback(demo)))["code"]
    first = (await redeem(http, code, callback(demo))).json()
    bearer = {"Authorization": f"Bearer {first['access_token']}"}
    assert (await http.get(API, headers=bearer)).status_code == 200

    replay = await redeem(http, code, callback(demo))

    assert (replay.status_code, replay.json()["error"]) == (400, "invalid_grant")
    refused = await http.get(API, headers=bearer)
    assert (refused.status_code, refused.json()["code"]) == (401, "900901")
    assert (await refresh(http, first["refresh_token"])).json()["error"] == "invalid_grant"


async def test_a_replay_with_a_wrong_secret_revokes_nothing(
    demo: Server, http: httpx2.AsyncClient
) -> None:
    """Somebody who cannot authenticate cannot end the tokens of somebody who can."""
    code = (await authorize(http, callback(demo)))["code"]
    first = (await redeem(http, code, callback(demo))).json()

    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": callback(demo)}
    replay = await http.post("/token", data=form, auth=(DEMO_KEY, "wrong"))

    assert replay.status_code == 401
    bearer = {"Authorization": f"Bearer {first['access_token']}"}
    assert (await http.get(API, headers=bearer)).status_code == 200


async def test_64_parallel_refreshes_carry_the_same_successor(
    demo: Server, http: httpx2.AsyncClient
) -> None:
    """Of 64 refreshes of one token every 200 carries one successor, which then works once more."""
    issued = (await by_password(http, scope="openid")).json()

    answers = await asyncio.gather(
        *(refresh(http, issued["refresh_token"]) for _ in range(PARALLEL))
    )

    assert {answer.status_code for answer in answers} == {200}
    successors = {answer.json()["refresh_token"] for answer in answers}
    assert len(successors) == 1
    assert (await refresh(http, successors.pop())).status_code == 200


async def test_an_older_replay_ends_the_family(demo: Server, http: httpx2.AsyncClient) -> None:
    """A refresh token two generations old ends every token that came of it."""
    first = (await by_password(http)).json()
    second = (await refresh(http, first["refresh_token"])).json()
    third = (await refresh(http, second["refresh_token"])).json()

    replay = await refresh(http, first["refresh_token"])

    assert (replay.status_code, replay.json()["error"]) == (400, "invalid_grant")
    assert (await refresh(http, third["refresh_token"])).status_code == 400
    bearer = {"Authorization": f"Bearer {third['access_token']}"}
    assert (await http.get(API, headers=bearer)).status_code == 401
    assert demo.process.returncode is None


async def test_an_acknowledged_token_survives_a_power_cut(
    demo: Server, http: httpx2.AsyncClient, database_url: str
) -> None:
    """A refresh token that was answered works after kill -9 and a new start."""
    issued = (await by_password(http)).json()
    successor = (await refresh(http, issued["refresh_token"])).json()
    await demo.kill()

    environment = {"GATELODGE_DATABASE_URL": database_url}
    async with (
        serving.serving(demo.data_dir, "--demo", port=demo.port, environment=environment) as again,
        httpx2.AsyncClient(base_url=again.base_url, timeout=30) as client,
    ):
        assert (await refresh(client, successor["refresh_token"])).status_code == 200
