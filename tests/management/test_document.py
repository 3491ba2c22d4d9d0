"""The OpenAPI document: what it says is what the table has, and every answer fits its schema."""

import json
from typing import Any

import msgspec
import pytest
from openapi_spec_validator import validate

from tests.management.conftest import Site


@pytest.fixture
async def document(site: Site) -> Any:
    """The document as anybody gets it."""
    answer = await site.http.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    again = {"if-none-match": answer.headers["etag"]}
    assert (await site.http.get("/api/v1/openapi.json", headers=again)).status_code == 304
    return answer.json()


def test_it_is_openapi(document: Any) -> None:
    """The document is valid OpenAPI 3.1."""
    validate(document)


def test_every_operation_is_described(site: Site, document: Any) -> None:
    """Paths, methods, scopes and parameters are those of the table, under names of their own."""
    described = {
        (method.upper(), path): one
        for path, item in document["paths"].items()
        for method, one in item.items()
    }
    own = ("GET", "/openapi.json")
    assert set(described) == {own, *((one.method, one.path) for one in site.api.operations)}
    names = [one["operationId"] for one in described.values()]
    assert len(set(names)) == len(names)
    for operation in site.api.operations:
        said = described[operation.method, operation.path]
        assert said["summary"]
        assert operation.scope is None or operation.scope in said["description"]
        headers = {p["name"] for p in said["parameters"] if p["in"] == "header"}
        assert ("If-Match" in headers) == operation.matched
        assert ("Idempotency-Key" in headers) == (operation.method == "POST")
        parts = [p["name"] for p in said["parameters"] if p["in"] == "path"]
        assert all(f"{{{name}}}" in operation.path for name in parts)
        assert len(parts) == operation.path.count("{")


def test_every_reference_leads_somewhere(document: Any) -> None:
    """No schema is named that is not there, and none is there that is not named."""
    text = json.dumps(document)
    schemas = document["components"]["schemas"]
    for name in schemas:
        assert f'"#/components/schemas/{name}"' in text
    assert text.count("#/components/schemas/") > len(schemas)
    for name in set(_references(document)):
        assert name.rpartition("/")[2] in schemas


def test_bodies_refuse_unknown_fields(document: Any) -> None:
    """What is read is closed: a field too many is an error in the schema as in the code."""
    for item in document["paths"].values():
        for one in item.values():
            if "requestBody" in one:
                schema = one["requestBody"]["content"]["application/json"]["schema"]
                name = schema["$ref"].rpartition("/")[2]
                assert document["components"]["schemas"][name]["additionalProperties"] is False


def test_secrets_have_one_place(site: Site) -> None:
    """No answer but those that make a secret has a field for one."""
    with_secret = {
        one.unit.__name__
        for one in site.api.operations
        if one.answer is not None and "consumer_secret" in str(msgspec.json.schema(one.answer))
    }
    assert with_secret == {"generate_keys", "add_secret"}


def _references(value: Any) -> list[str]:
    if isinstance(value, list):
        return [found for one in value for found in _references(one)]
    if not isinstance(value, dict):
        return []
    here = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
    return here + [found for one in value.values() for found in _references(one)]
