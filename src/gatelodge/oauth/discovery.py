"""Server metadata (RFC 8414, OpenID Connect Discovery): true statements about what is enabled."""

from collections.abc import Collection

from gatelodge.oauth import scopes
from gatelodge.oauth.clients import GRANT_TYPES
from gatelodge.oauth.id_token import PASSWORD_ACR, SEVERAL_ACR
from gatelodge.oauth.signatures import ALGORITHMS

_CONFIDENTIAL = ["client_secret_basic", "client_secret_post", "private_key_jwt"]
_ANY = [*_CONFIDENTIAL, "none"]
_SIGNING = {
    f"{endpoint}_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS)
    for endpoint in ("token", "revocation", "introspection")
}

ID_TOKEN_CLAIMS = (
    "iss",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "azp",
    "at_hash",
    "sid",
    "eAuthStatus",
    "eClaims",
)
USERINFO_CLAIMS = (
    "sub",
    "name",
    "given_name",
    "family_name",
    "preferred_username",
    "email",
    "account",
)


RESOURCE_METADATA = "/.well-known/oauth-protected-resource"
"""Before a resource's own path: where its metadata is (RFC 9728 section 3.1)."""


def protected_resource(
    issuer: str, path: str, name: str, names_of_scopes: Collection[str], page: str
) -> dict[str, object]:
    """Return the metadata of the API at ``path`` (RFC 9728 section 2); ``page`` describes it."""
    found: dict[str, object] = {
        "resource": issuer + path,
        "authorization_servers": [issuer],
        "bearer_methods_supported": ["header"],
        "resource_name": name,
        "resource_documentation": issuer + page,
    }
    if names_of_scopes:  # an empty array must be left out (section 3.2)
        found["scopes_supported"] = sorted(names_of_scopes)
    return found


def metadata(issuer: str) -> dict[str, object]:
    """Return the document served at both well-known paths."""
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "device_authorization_endpoint": f"{issuer}/device_authorization",
        "revocation_endpoint": f"{issuer}/revoke",
        "introspection_endpoint": f"{issuer}/introspect",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "end_session_endpoint": f"{issuer}/endsession",
        "jwks_uri": f"{issuer}/jwks",
        "scopes_supported": sorted(scopes.BASE),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": list(GRANT_TYPES),
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": _ANY,
        "revocation_endpoint_auth_methods_supported": _ANY,
        "introspection_endpoint_auth_methods_supported": _CONFIDENTIAL,
        **_SIGNING,
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": list(ALGORITHMS),
        "acr_values_supported": [PASSWORD_ACR, SEVERAL_ACR],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "claim_types_supported": ["normal"],
        "claims_supported": [*ID_TOKEN_CLAIMS, *USERINFO_CLAIMS],
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
    }
