"""TLS by the server itself."""

import asyncio
import ssl
from pathlib import Path

import httpx2
import pytest

from gatelodge import settings
from gatelodge.cli import checks
from gatelodge.settings import BadSettings
from gatelodge.web.certificates import tls_context
from tests.raw_http import connected
from tests.serving import free_port, serving
from tests.web.strange_server import certificate


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
async def test_the_server_speaks_tls(tmp_path: Path) -> None:
    """Tokens are issued by an https issuer, cookies insist on it, and plain HTTP gets nothing."""
    _, trusting = certificate(tmp_path, "localhost")
    file = str(tmp_path / "localhost.pem")
    port = free_port()
    chosen = {"GATELODGE_TLS_CERTIFICATE": file, "GATELODGE_TLS_KEY": file}
    async with serving(tmp_path / "data", port=port, environment=chosen) as server:
        issuer = f"https://localhost:{port}"
        async with httpx2.AsyncClient(base_url=issuer, verify=trusting, timeout=30) as http:
            said = (await http.get("/.well-known/openid-configuration")).json()
            page = await http.get("/login")
            large = await http.get("/login", headers={"x-large": "a" * 40_000})
        # The alert, or the reset that follows it where that is faster.
        with pytest.raises((ssl.SSLError, ConnectionResetError)):
            await older(port)
        async with connected(server.base_url) as (reader, writer):
            writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answered = await reader.read()
        chosen_here = settings.read(None, port=port, tls_certificate=file, tls_key=file)
        healthy = await checks.serving(chosen_here)
    assert (healthy.level, "ready" in healthy.says) == ("ok", True)
    assert said["issuer"] == issuer
    assert said["token_endpoint"] == f"{issuer}/token"
    assert page.headers["strict-transport-security"] == "max-age=31536000"
    assert "__Host-" in page.headers["set-cookie"]
    assert large.status_code == 431
    assert not answered.startswith(b"HTTP/")
    assert f"is ready at {issuer}" in server.printed()


async def older(port: int) -> None:
    """Connect with TLS 1.1, to anybody."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    await asyncio.open_connection("localhost", port, ssl=context)


def test_one_file_is_not_enough() -> None:
    """Each names the other, and an http issuer would be a lie."""
    with pytest.raises(BadSettings, match=r"^tls_key: must be given"):
        settings.read(None, tls_certificate="a.pem")
    with pytest.raises(BadSettings, match=r"^tls_certificate: must be given"):
        settings.read(None, tls_key="a.pem")
    with pytest.raises(BadSettings, match=r"^base_url: must begin with https://"):
        settings.read(
            None, tls_certificate="a.pem", tls_key="a.pem", base_url="http://gate.example"
        )


def test_files_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    """A missing file, one that is no PEM, another certificate's key: the start says which."""
    certificate(tmp_path, "one.example")
    certificate(tmp_path, "two.example")
    (tmp_path / "text.pem").write_text("nothing", encoding="utf-8")
    pairs = {
        ("gone.pem", "gone.pem"): "no such file",
        ("text.pem", "text.pem"): "tls_certificate and tls_key: ",
        ("one.example.pem", "two.example.pem"): "key values mismatch",
    }
    for (public, private), reason in pairs.items():
        chosen = settings.read(
            None, tls_certificate=str(tmp_path / public), tls_key=str(tmp_path / private)
        )
        with pytest.raises(BadSettings) as refused:
            tls_context(chosen)
        assert reason in str(refused.value).lower()


@pytest.mark.parametrize(("days", "level"), [(30, "ok"), (13, "warn"), (-1, "fail")])
def test_doctor_looks_at_the_certificate(tmp_path: Path, days: int, level: str) -> None:
    """One that is over, or soon will be, is told with its last day."""
    certificate(tmp_path, "one.example", days=days)
    file = str(tmp_path / "one.example.pem")
    (found,) = checks.certificate(settings.read(None, tls_certificate=file, tls_key=file))
    assert (found.check, found.level) == ("certificate", level)
    assert "good until 20" in found.says


def test_doctor_on_no_certificate() -> None:
    """A file that is not there fails; without the setting there is nothing to look at."""
    (found,) = checks.certificate(settings.read(None, tls_certificate="gone", tls_key="gone"))
    assert found.level == "fail"
    assert list(checks.certificate(settings.read(None))) == []
