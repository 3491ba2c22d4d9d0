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
