"""schemathesis against our OpenAPI documents: every answer is described, and none is a 5xx."""

import asyncio
import re
import sysconfig
from pathlib import Path

import httpx2
import pytest

from gatelodge.identity.personal_tokens import SCOPES
from tests import serving
from tests.flows.signing_in import by_password
from tests.flows.test_management_guide import personal
from tests.serving import DEMO_KEY, DEMO_SECRET, TENANT, Server

SEED = 20_261_125
METHODS = {"get", "post", "patch", "delete"}
EXAMPLES = 6
"""Requests made up for each operation, beside those that every boundary of the schema gives."""

SCHEMATHESIS = Path(sysconfig.get_path("scripts")) / "schemathesis"
SECONDS = 240
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
)


pytestmark = [pytest.mark.slow, pytest.mark.timeout(SECONDS + 60)]


async def run(
    folder: Path,
    address: str,
    *options: str,
    checks: tuple[str, ...] = CHECKS,
    examples: int = EXAMPLES,
) -> str:
    """Run schemathesis on the document at an address; return what it printed once all is well."""
    process = await asyncio.create_subprocess_exec(
        str(SCHEMATHESIS),
        "run",
        address,
        *("--checks", ",".join(checks)),
        *("--phases", "examples,coverage,fuzzing"),
        *("--max-examples", str(examples), "--seed", str(SEED)),
        *("--generation-database", "none", "--no-color", "--warnings", "off"),
        *options,
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(SECONDS):
            printed, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0, f"seed {SEED}\n{printed.decode()}"
    return printed.decode()


async def test_the_oauth_endpoints(demo: Server, tmp_path: Path) -> None:
    """Token, revocation, introspection and key endpoints, by a client that proves itself.

    What breaks the schema is refused, and so is who leaves the credentials out.
    """
    more = ("negative_data_rejection", "missing_required_header", "ignored_auth")
    printed = await run(
        tmp_path,
        f"{demo.base_url}/openapi.json",
        *("--auth", f"{DEMO_KEY}:{DEMO_SECRET}"),
        checks=(*CHECKS, *more),
    )
    assert operations_tried(printed) == await described(f"{demo.base_url}/openapi.json")


async def test_provisioning_through_the_gateway(demo: Server, tmp_path: Path) -> None:
    """The document that the gateway serves describes what the gateway and the API answer."""
    header = await bearer(demo)
    address = f"{demo.base_url}/t/{TENANT}/provisioning/v1/openapi.json"
    checks = tuple(name for name in CHECKS if name not in NOT_THROUGH_THE_GATEWAY)
    printed = await run(tmp_path, address, *header, checks=checks)
    assert operations_tried(printed) == await described(address)


NOT_THROUGH_THE_GATEWAY = ("unsupported_method", "allow_header_conformance")


async def test_the_management_api(tmp_path: Path) -> None:
    """The management API as its document describes it, by a developer who may do everything.

    On a server of its own: what is tried may delete the demo's application.
    """
    async with serving.demo(tmp_path / "data") as own:
        text = await personal(own.base_url, tuple(SCOPES))
        address = f"{own.base_url}/api/v1/openapi.json"
        options = ("--header", f"Authorization: Bearer {text}")
        printed = await run(tmp_path, address, *options, examples=2)
        assert operations_tried(printed) == await described(address)


async def bearer(demo: Server) -> tuple[str, str]:
    """Return the option that sends an access token of the demo's user along."""
    async with httpx2.AsyncClient(base_url=demo.base_url) as http:
        answer = await by_password(http)
        assert answer.status_code == httpx2.codes.OK, answer.text
    access_token = answer.json()["access_token"]
    return "--header", f"Authorization: Bearer {access_token}"


def operations_tried(printed: str) -> int:
    """Return how many operations were tested."""
    found = re.search(r"Tested: +(\d+)", printed)
    assert found is not None, printed
    return int(found[1])


async def described(address: str) -> int:
    """Return how many operations the document has, but for the one that gave it away."""
    async with httpx2.AsyncClient() as http:
        paths = (await http.get(address)).json()["paths"]
    methods = [name for item in paths.values() for name in item if name in METHODS]
    return len(methods) - 1
