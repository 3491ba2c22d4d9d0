"""Addresses from a server's own metadata, if it is its own."""

import httpx2
import pytest

from gatelodge_client import Settings, discovered
from gatelodge_client.errors import SettingsError
from tests.sdk.scripted import Server, settings

ISSUER = "https://login.example.org"
METADATA = {
    "issuer": ISSUER,
    "token_endpoint": f"{ISSUER}/t",
    "authorization_endpoint": f"{ISSUER}/a",
    "revocation_endpoint": f"{ISSUER}/r",
    "device_authorization_endpoint": f"{ISSUER}/d",
    "authorization_response_iss_parameter_supported": True,
}


def found(answer: httpx2.Response, issuer: str = ISSUER) -> Settings:
    """Discover a server that publishes this."""
    server = Server()
    server.answer("/.well-known/openid-configuration", answer)
    return server.connecting().run(discovered(settings(), issuer))


def test_addresses_are_taken_over() -> None:
    """Each address the server names replaces ours; a promised iss is then required."""
    known = found(httpx2.Response(200, json=METADATA), issuer=f"{ISSUER}/")
    assert (known.token_url, known.authorize_url) == (f"{ISSUER}/t", f"{ISSUER}/a")
    assert (known.revoke_url, known.device_url) == (f"{ISSUER}/r", f"{ISSUER}/d")
    assert (known.issuer, known.require_iss) == (ISSUER, True)
    assert known.base_url == settings().base_url


def test_what_is_not_named_stays() -> None:
    """A server without a device endpoint leaves ours."""
    few = {"issuer": ISSUER, "token_endpoint": f"{ISSUER}/t"}
    known = found(httpx2.Response(200, json=few))
    assert (known.device_url, known.require_iss) == (settings().device_url, False)


@pytest.mark.parametrize(
    "answer",
    [
        httpx2.Response(200, json={**METADATA, "issuer": "https://attacker.example"}),
        httpx2.Response(200, json={**METADATA, "token_endpoint": "http://login.example.org/t"}),
        httpx2.Response(200, html="<html>"),
        httpx2.Response(404),
    ],
)
def test_metadata_that_cannot_be_used(answer: httpx2.Response) -> None:
    """Another issuer's document (RFC 8414 section 3.3), plain http, or none at all."""
    with pytest.raises(SettingsError):
        found(answer)
