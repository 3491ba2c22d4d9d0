"""The metadata says what is enabled and nothing else."""

from typing import Any

from gatelodge.oauth import discovery
from tests.oauth.records import ISSUER


def test_the_metadata_is_true() -> None:
    """Endpoints below the issuer; code, S256, iss; neither implicit nor request objects."""
    document: Any = discovery.metadata(ISSUER)
    assert document["issuer"] == ISSUER
    for name, value in document.items():
        if name.endswith("_endpoint") or name == "jwks_uri":
            assert value.startswith(ISSUER + "/")
    assert document["response_types_supported"] == ["code"]
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert document["authorization_response_iss_parameter_supported"] is True
    assert "implicit" not in document["grant_types_supported"]
    assert document["request_uri_parameter_supported"] is False
    assert "none" not in document["introspection_endpoint_auth_methods_supported"]


def test_a_resource_without_scopes_names_none() -> None:
    """An empty array must be left out (RFC 9728 section 3.2)."""
    some = discovery.protected_resource(ISSUER, "/t/t/a", "A v1", {"b": "", "a": ""}, "/apis/a/v1")
    none = discovery.protected_resource(ISSUER, "/t/t/a", "A v1", {}, "/apis/a/v1")

    assert some["scopes_supported"] == ["a", "b"]
    assert "scopes_supported" not in none
