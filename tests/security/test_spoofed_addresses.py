"""Who says where a request comes from is believed if the operator named them (line 86)."""

from pathlib import Path

import httpx2
import pytest

from tests import serving
from tests.portal.browsing import sign_in


@pytest.mark.parametrize(
    ("trusted", "shown"), [("", "127.0.0.1"), ("127.0.0.1, ::1", "203.0.113.7")]
)
async def test_line_86_x_forwarded_for(tmp_path: Path, trusted: str, shown: str) -> None:
    """86. A session's address is the proxy's word about its client, or the peer's own."""
    environment = {"GATELODGE_TRUSTED_PROXIES": trusted}
    said = {"X-Forwarded-For": "192.0.2.66, 203.0.113.7", "X-Forwarded-Host": "evil.example"}
    async with (
        serving.serving(tmp_path / "data", "--demo", environment=environment) as server,
        httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{server.port}", headers=said, timeout=60
        ) as http,
    ):
        await sign_in(http, "dev@example.com", "demo-developer-password")
        page = (await http.get("/account/sessions")).text
    assert shown in page
    assert "192.0.2.66" not in page
    assert "evil.example" not in page
