"""The OpenAPI document says what the code does."""

import re
from typing import Any

import msgspec
import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate

from gatelodge.provisioning import document
from tests.provisioning.conftest import BASE, ROOT, Get

DOCUMENT: dict[str, Any] = msgspec.json.decode(document.text())
OPERATIONS = {path: item["get"] for path, item in DOCUMENT["paths"].items() if "{" in path}
VALUES = {"account_id": "self", "location_id": "101", "external_id": "2001", "user_id": "1001"}


def filled(path: str, **values: str) -> str:
    """Return a path template with its parameters filled in."""
    return re.sub(r"{(\w+)}", lambda m: {**VALUES, **values}[m[1]], path)


def strict(schema: Any) -> Any:
    """Return a schema that allows no property it does not name."""
    if isinstance(schema, dict):
        inner = {name: strict(value) for name, value in schema.items()}
        return inner | ({"additionalProperties": False} if "properties" in schema else {})
    return [strict(value) for value in schema] if isinstance(schema, list) else schema


def complaints(schema: Any, value: Any) -> list[str]:
    """Return how a value differs from a schema of the document."""
    whole = {**schema, "components": strict(DOCUMENT["components"])}
    return [error.message for error in OAS31Validator(whole).iter_errors(value)]


def response(operation: dict[str, Any], status: int) -> dict[str, Any]:
    """Return the schema of one answer."""
    found = operation["responses"][str(status)]
    if "$ref" in found:
        found = DOCUMENT["components"]["responses"][found["$ref"].rpartition("/")[2]]
    schema: dict[str, Any] = found["content"]["application/json"]["schema"]
    return schema


def parameters(operation: dict[str, Any]) -> list[dict[str, Any]]:
    """Return an operation's parameters."""
    return [
        DOCUMENT["components"]["parameters"][one["$ref"].rpartition("/")[2]]
        if "$ref" in one
        else one
        for one in operation["parameters"]
    ]


def test_it_is_a_good_openapi_document() -> None:
    """The document is valid OpenAPI 3.1."""
    assert DOCUMENT["openapi"].startswith("3.1")
    validate(DOCUMENT)


def test_it_has_the_seven_operations_each_for_users_only() -> None:
    """Every operation below an account needs a token that stands for a user."""
    assert len(OPERATIONS) == 7
    assert {operation["x-auth-type"] for operation in OPERATIONS.values()} == {"Application User"}


@pytest.mark.parametrize("path", OPERATIONS)
async def test_answers_are_as_described(get: Get, path: str) -> None:
    """Each operation's answer has the described properties and no others."""
    answer = await get(filled(path), "page_size=1000" if path.endswith("s") else "")
    assert answer.status == 200
    assert complaints(response(OPERATIONS[path], 200), answer.json) == []


@pytest.mark.parametrize("path", OPERATIONS)
async def test_refusals_are_as_described(get: Get, path: str) -> None:
    """What is not there is answered as described."""
    answer = await get(filled(path, account_id="1"))
    assert complaints(response(OPERATIONS[path], 404), answer.json) == []


@pytest.mark.parametrize(
    "path", [path for path, op in OPERATIONS.items() if "page_size" in str(op["parameters"])]
)
async def test_query_parameters_are_those_the_code_reads(get: Get, path: str) -> None:
    """Each described query parameter is read: a bad value for every one of them is named."""
    names = [one["name"] for one in parameters(OPERATIONS[path]) if one["in"] == "query"]
    answer = await get(filled(path), "&".join(f"{name}=%00" for name in names))
    assert answer.status == 400
    assert {problem["name"] for problem in answer.json["invalid_parameters"]} == set(names)
    assert complaints(response(OPERATIONS[path], 400), answer.json) == []


async def test_bounds_of_a_page_are_those_described(get: Get) -> None:
    """Default, least and most of page_size are as the document says."""
    schema = DOCUMENT["components"]["parameters"]["page_size"]["schema"]
    path = "/api/accounts/self/users"
    assert (await get(path)).json["page_size"] == schema["default"]
    assert (await get(path, f"page_size={schema['maximum']}")).status == 200
    assert (await get(path, f"page_size={schema['maximum'] + 1}")).status == 400
    assert (await get(path, f"page_size={schema['minimum'] - 1}")).status == 400


async def test_it_is_served_with_the_address_it_is_at(get: Get) -> None:
    """Everybody may read the document, which names where it was asked for."""
    answer = await get("/openapi.json", account=None)
    assert answer.status == 200
    assert answer.json["servers"] == [{"url": f"{BASE}{ROOT}"}]
    assert answer.json["paths"] == DOCUMENT["paths"]
    assert (await get("/openapi.json", account=None)).body == answer.body
