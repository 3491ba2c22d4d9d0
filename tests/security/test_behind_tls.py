"""An installation that people reach over TLS (line 85)."""

from pathlib import Path

import httpx2

from tests import serving

BASE = "https://login.example"
PATHS = ("/login", "/me", "/authorize", "/token", "/jwks", "/t/vbc.prod/nothing", "/nothing")


async def test_line_85_what_an_installation_with_tls_says(tmp_path: Path) -> None:
    """85. HSTS on every answer, cookies for TLS and this host only, ``https:`` addresses only."""
    environment = {"GATELODGE_BASE_URL": BASE}
    async with (
        serving.serving(tmp_path / "data", "--demo", environment=environment) as server,
        httpx2.AsyncClient(base_url=server.base_url, timeout=60) as http,
    ):
        for path in PATHS:
            answer = await http.get(path)
            assert answer.headers["strict-transport-security"] == "max-age=31536000", path
            for cookie in answer.headers.get_list("set-cookie"):
                assert cookie.startswith("__Host-"), path
                assert "; Secure" in cookie, path
        metadata = (await http.get("/.well-known/openid-configuration")).json()
        addresses = [text for text in metadata.values() if "://" in str(text)]
        assert addresses
        assert all(str(text).startswith(BASE) for text in addresses)


async def test_line_85_plain_http_is_refused(tmp_path: Path) -> None:
    """85. What a trusted proxy took over plain HTTP: pages lead to TLS, the rest is refused."""
    environment = {"GATELODGE_BASE_URL": BASE, "GATELODGE_TRUSTED_PROXIES": "127.0.0.1, ::1"}
    plain = {"X-Forwarded-Proto": "http"}
    page = {**plain, "Accept": "text/html"}
    pair = ("DemoApplicationConsumerKey0a", "DemoApplicationConsumerSecret0a")
    form = {"grant_type": "client_credentials"}
    async with (
        serving.serving(tmp_path / "data", "--demo", environment=environment) as server,
        httpx2.AsyncClient(base_url=server.base_url, timeout=60) as http,
    ):
        refused = await http.post("/token", data=form, auth=pair, headers=plain)
        assert (refused.status_code, refused.json()["error"]) == (403, "invalid_request")
        assert refused.headers["x-request-id"] in server.printed()
        for headers in (
            plain,
            {**page, "Authorization": "Bearer x"},
            {**page, "Cookie": "__Host-a=b"},
        ):
            assert (await http.get("/t/vbc.prod/x", headers=headers)).status_code == 403
        assert (await http.post("/login", headers=page)).status_code == 403
        foreign = {**page, "Cookie": "somebody=else"}
        led = await http.get(f"{server.base_url}//evil.example/login?next=%2Fme", headers=foreign)
        assert led.status_code == 308
        assert led.headers["location"] == f"{BASE}//evil.example/login?next=%2Fme"
        said = {"X-Forwarded-Proto": "https"}
        assert (await http.post("/token", data=form, auth=pair, headers=said)).status_code == 200
        assert (await http.get("/health/live")).status_code == 200
