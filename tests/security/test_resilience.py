"""What was ended stays ended (lines 126 and 138)."""

from pathlib import Path

import httpx2

from tests import serving
from tests.flows.signing_in import authorize, by_password, redeem, refresh
from tests.security.attacking import API, DEMO, bearer
from tests.serving import free_port


async def test_a_new_start_revives_nothing(tmp_path: Path) -> None:
    """Line 138: revoked tokens and spent codes are refused after kill -9 and a new start."""
    port = free_port()
    async with (
        serving.serving(tmp_path / "data", "--demo", port=port) as first,
        httpx2.AsyncClient(base_url=first.base_url, timeout=30) as http,
    ):
        redirect_uri = f"{first.base_url}/callback-demo"
        code = (await authorize(http, redirect_uri))["code"]
        living = (await redeem(http, code, redirect_uri)).json()
        issued = (await by_password(http)).json()
        asked = {"token": issued["access_token"]}
        assert (await http.post("/revoke", data=asked, auth=DEMO)).status_code == 200
        await first.kill()
    async with (
        serving.serving(tmp_path / "data", "--demo", port=port) as second,
        httpx2.AsyncClient(base_url=second.base_url, timeout=30) as http,
    ):
        assert (await http.get(API, headers=bearer(living["access_token"]))).status_code == 200
        assert (await http.get(API, headers=bearer(issued["access_token"]))).status_code == 401
        assert (await refresh(http, issued["refresh_token"])).status_code == 400
        assert (await redeem(http, code, redirect_uri)).json()["error"] == "invalid_grant"
        assert (await http.get(API, headers=bearer(living["access_token"]))).status_code == 401
