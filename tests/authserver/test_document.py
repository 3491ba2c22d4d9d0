"""The OpenAPI document describes every endpoint, as it is."""

import itertools
from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate

from gatelodge.authserver import document
from gatelodge.oauth import discovery
from gatelodge.oauth.signatures import ALGORITHMS
from tests.authserver.asgi import call
from tests.authserver.conftest import Server
from tests.oauth.records import ISSUER

DOCUMENT: dict[str, Any] = document.read()


def test_it_is_a_good_openapi_document() -> None:
    """Valid OpenAPI 3.1."""
    assert DOCUMENT["openapi"].startswith("3.1")
    validate(DOCUMENT)


async def test_every_endpoint_is_described_with_its_methods(server: Server) -> None:
    """No endpoint less, none more."""
    assert set(DOCUMENT["paths"]) == set(server.endpoints)
    for path, application in server.endpoints.items():
        refused = await call(application, "TRACE")
        methods = set((refused.header("allow") or "").lower().split(", "))
        assert methods - {"head", "options"} == set(DOCUMENT["paths"][path])


async def test_it_is_served_with_the_issuers_address(server: Server) -> None:
    """So that a tool that is given the document alone knows where to ask."""
    answer = await call(server.endpoints["/openapi.json"], "GET")
    assert answer.json() == DOCUMENT | {"servers": [{"url": ISSUER}]}
    assert answer.header("access-control-allow-origin") == "*"


def test_it_knows_what_the_code_knows() -> None:
    """Each field of the metadata, and each algorithm of the key set."""
    schemas = DOCUMENT["components"]["schemas"]
    assert set(schemas["Metadata"]["properties"]) >= set(discovery.metadata(ISSUER))
    assert tuple(schemas["Key"]["properties"]["alg"]["enum"]) == ALGORITHMS


def test_every_part_is_used() -> None:
    """A response or schema that nothing refers to describes nothing."""
    text = str(DOCUMENT)
    components = {kind: DOCUMENT["components"][kind] for kind in ("responses", "schemas")}
    names = itertools.chain.from_iterable(
        (f"#/components/{kind}/{name}" for name in found) for kind, found in components.items()
    )
    assert not [name for name in names if name not in text]


@pytest.mark.parametrize("scope", ["openid", "openid profile email"])
async def test_answers_are_those_described(server: Server, scope: str) -> None:
    """Tokens, userinfo, introspection, keys and metadata, to the last field."""
    owner = await server.client()
    tokens = await server.issued(owner, scope=scope)
    answers = {
        "Tokens": tokens,
        "User": (await server.userinfo(tokens["access_token"])).json(),
        "KeySet": (await call(server.endpoints["/jwks"], "GET")).json(),
        "Metadata": discovery.metadata(ISSUER),
        "Error": (await server.post("/token", owner, grant_type="none")).json(),
    }
    for each in ("access_token", "refresh_token", "id_token"):
        described = (await server.post("/introspect", owner, token=tokens[each])).json()
        assert not complaints("Introspection", described)
    for name, answer in answers.items():
        assert not complaints(name, answer)


def complaints(name: str, value: Any) -> list[str]:
    """Return how a value differs from a schema of the document."""
    whole = {"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]}
    return [error.message for error in OAS31Validator(whole).iter_errors(value)]
