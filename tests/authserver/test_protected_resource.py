"""Metadata of each API as a protected resource (RFC 9728)."""

import pytest

from gatelodge.authserver.protected_resource import protected_resources
from gatelodge.oauth.discovery import RESOURCE_METADATA
from tests.authserver.asgi import Answer, call
from tests.authserver.conftest import Server
from tests.oauth.records import ISSUER


async def metadata(server: Server, path: str, **headers: str) -> Answer:
    """Ask for the metadata of the resource at a path."""
    application = protected_resources(server.context)
    return await call(application, "GET", headers=dict(headers), path=RESOURCE_METADATA + path)


@pytest.mark.parametrize("path", ["/t/vbc.prod/calls", "/t/vbc.prod/calls/v1"])
async def test_each_path_of_an_api_is_described(server: Server, path: str) -> None:
    """The resource is the very one the path was made from (RFC 9728 section 3.3)."""
    answer = await metadata(server, path)

    assert answer.json() == {
        "resource": ISSUER + path,
        "authorization_servers": [ISSUER],
        "bearer_methods_supported": ["header"],
        "resource_name": "Calls v1",
        "resource_documentation": f"{ISSUER}/apis/calls/v1",
        "scopes_supported": ["calls:read"],
    }
    assert answer.header("access-control-allow-origin") == "*"
    assert "max-age" in (answer.header("cache-control") or "")


@pytest.mark.parametrize("path", ["", "/", "/t/vbc.prod", "/t/vbc.prod/calls/", "/t/x/calls"])
async def test_nothing_else_is(server: Server, path: str) -> None:
    """Pages of other origins may read that, too."""
    answer = await metadata(server, path, origin="https://app.example")

    assert answer.status == 404
    assert answer.header("access-control-allow-origin") == "*"
