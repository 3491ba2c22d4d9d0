"""The samples of a keys page, copied from the page and run against the real program."""

import asyncio
import base64
import hashlib
import json
import os
import re
import shutil
import sys
from collections.abc import Mapping
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from tests import programs, serving
from tests.portal.browsing import add_application, generate_keys, sign_in, submit, text_of
from tests.portal.conftest import EMAIL, PASSWORD

pytestmark = pytest.mark.slow

USER = {"USERNAME": "jsmith@vbc.prod", "PASSWORD": "demo-user-password"}
_TAG = re.compile(r"<[^>]+>")


def sample(page: httpx2.Response, name: str, language: int = 1) -> str:
    """Return a code sample as the Copy button takes it: 1 is cURL, 2 Python."""
    found = re.search(rf'<code id="code-{name}-{language}">(.*?)</code>', page.text, re.DOTALL)
    assert found is not None, name
    return unescape(_TAG.sub("", found[1]))


async def run(*program: str, env: Mapping[str, str] = {}) -> str:
    """Run a program and return what it printed."""
    process = await asyncio.create_subprocess_exec(
        *program, stdout=asyncio.subprocess.PIPE, env={**os.environ, **env}
    )
    printed, _ = await process.communicate()
    assert process.returncode == 0
    return printed.decode()


async def shell(text: str, env: Mapping[str, str] = {}) -> str:
    """Run a cURL sample; progress is silenced, nothing else is changed."""
    return await run("bash", "-euc", text.replace("curl ", "curl -sS ", 1), env=env)


async def answer_of(text: str, env: Mapping[str, str] = {}) -> dict[str, Any]:
    """Run a cURL sample and return the JSON it prints."""
    value: dict[str, Any] = json.loads(await shell(text, env))
    return value


async def test_samples_run_as_they_are_copied(tmp_path: Path) -> None:
    """Every grant's sample works while the secret is shown and, with the variable set, later."""
    for program in ("bash", "curl", "openssl"):
        if shutil.which(program) is None:
            programs.absent(program)
    async with (
        serving.demo(tmp_path / "data") as server,
        httpx2.AsyncClient(base_url=server.base_url) as developer,
    ):
        await sign_in(developer, EMAIL, PASSWORD)
        address = await add_application(developer)
        device = "urn:ietf:params:oauth:grant-type:device_code"
        grants = [("grant_types", name) for name in ("password", "client_credentials", device)]
        page = await generate_keys(developer, address, *grants)
        api = "/apis/provisioning/v1"
        fields = [("application", address.rpartition("/")[2]), ("plan", "Unlimited")]
        assert (await submit(developer, api, f"{api}/subscribe", fields)).status_code == 303
        secret = re.search(r'id="consumer-secret">([^<]+)<', page.text)
        assert secret is not None

        await answer_of(sample(page, "client_credentials"))
        tokens = await answer_of(sample(page, "password"), USER)
        later = await developer.get(f"{address}/keys/production")
        kept = {"CLIENT_SECRET": secret[1], "REFRESH_TOKEN": tokens["refresh_token"]}
        assert "access_token" in await answer_of(sample(later, "refresh_token"), kept)

        account = await answer_of(sample(later, "call"), {"ACCESS_TOKEN": tokens["access_token"]})
        assert account["_embedded"]["account"]["name"] == "Vonage"
        await _python(sample(later, "client_credentials", 2), kept)
        await _authorization(sample(later, "authorize"))
        asked = await answer_of(sample(later, "device"), kept)
        waiting = await shell(
            sample(later, "device_poll"), kept | {"DEVICE_CODE": asked["device_code"]}
        )
        assert "authorization_pending" in waiting
        minted = await submit(
            developer, f"{address}/keys/production", f"{address}/keys/production/test-token"
        )
        shown = await developer.get(minted.headers["location"])
        assert "Decoded claims" in text_of(shown)
        assert '"APPLICATION"' in text_of(shown)


async def _python(text: str, env: Mapping[str, str]) -> None:
    """Run a Python sample with httpx2, which answers to the same calls, in requests' place."""
    program = text.replace("import requests", "import httpx2 as requests")
    assert (await run(sys.executable, "-c", program, env=env)).startswith("ey")


async def _authorization(text: str) -> None:
    """Check that the shell made a challenge that fits the verifier it says to keep."""
    address, verifier = (await shell(text)).splitlines()
    query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    digest = hashlib.sha256(verifier.rpartition("=")[2].encode()).digest()
    assert query["code_challenge"] == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    assert query["state"]
    async with httpx2.AsyncClient() as browser:
        answer = await browser.get(address)
    assert answer.status_code == 303, "sign-in comes next"
