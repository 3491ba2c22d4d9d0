"""API documentation from OpenAPI documents, good ones and bad ones."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatelodge.portal import reference
from gatelodge.portal.schemas import Schemas
from gatelodge.portal.text import inline, paragraphs
from tests.portal.conftest import DOCUMENT

BASE = "https://gate.example/t/x/weather"

TREE: dict[str, Any] = {
    "components": {
        "schemas": {
            "Node": {
                "type": "object",
                "required": ["id"],
                "properties": {
                    "id": {"type": "integer", "format": "int64", "minimum": 1},
                    "kind": {"enum": ["leaf", "twig"], "default": "leaf"},
                    "children": {"type": "array", "items": {"$ref": "#/components/schemas/Node"}},
                    "either": {"type": ["string", "null"]},
                },
            },
            "Loop": {"$ref": "#/components/schemas/Loop"},
        },
        "parameters": {
            "town": {
                "name": "town",
                "in": "path",
                "required": True,
                "schema": {"type": "string", "examples": ["Köln/Süd"]},
            }
        },
    },
    "paths": {
        "/towns/{town}/{day}": {
            "parameters": [{"$ref": "#/components/parameters/town"}],
            "get": {
                "summary": "Forecast",
                "tags": ["Towns"],
                "parameters": [
                    {"name": "day", "in": "path", "required": True, "schema": {"type": "string"}},
                    {"name": "n", "in": "query", "schema": {"type": "integer", "maximum": 9}},
                ],
                "responses": {
                    "200": {
                        "description": "Fine",
                        "content": {
                            "application/json": {
                                "schema": {"$ref": "#/components/schemas/Node"},
                                "example": {"id": 1},
                            }
                        },
                    },
                    "404": {"description": "None"},
                },
            },
            "post": {
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {"allOf": [{"$ref": "#/components/schemas/Node"}]},
                            "examples": {"a": {"value": {"id": 2}}},
                        }
                    }
                },
                "responses": {"201": {}},
            },
        }
    },
}


def test_operations_are_read_with_all_they_need() -> None:
    """Parameters of path and operation, bodies, answers, examples and samples are there."""
    towns, others = reference.read(TREE, BASE)
    (forecast,) = towns.operations
    assert [parameter.name for parameter in forecast.parameters] == ["town", "day", "n"]
    assert forecast.parameters[2].description == "At most 9."
    assert (
        "https://gate.example/t/x/weather/towns/K%C3%B6ln%2FS%C3%BCd/DAY" in forecast.blocks["cURL"]
    )
    ok, missing = forecast.responses
    assert missing.body is None
    assert ok.body is not None
    assert ok.body.example == '{\n  "id": 1\n}'
    assert [(row.name, row.type, row.required) for row in ok.body.rows] == [
        ("id", "integer (int64)", True),
        ("kind", "string", False),
        ("children", "array of object", False),
        ("either", "string or null", False),
    ]
    assert ok.body.rows[1].description == "One of `leaf`, `twig`. Default `leaf`."
    (post,) = others.operations
    assert post.summary == "POST /towns/{town}/{day}"
    assert post.request is not None
    assert post.request.example == '{\n  "id": 2\n}'
    assert list(post.blocks) == ["cURL"]
    assert "curl -X POST" in post.blocks["cURL"]


def test_the_address_to_try_is_filled_with_examples() -> None:
    """The first operation that the document's examples fill is taken, or else the first."""
    document = reference.parse(DOCUMENT.read_text(encoding="utf-8"))
    assert reference.sample_url(document, BASE) == f"{BASE}/api/accounts/self"
    assert reference.sample_url(TREE, BASE) == f"{BASE}/towns/K%C3%B6ln%2FS%C3%BCd/DAY"
    assert reference.sample_url({}, BASE) is None


def test_references_that_lead_nowhere_are_empty() -> None:
    """A reference to itself, to nothing or to another file reads as anything."""
    schemas = Schemas(TREE)
    assert schemas.resolve({"$ref": "#/components/schemas/Loop"}) == {}
    assert schemas.resolve({"$ref": "#/nothing/here"}) == {}
    assert schemas.resolve({"$ref": "other.json#/x"}) == {}
    assert schemas.type_of(None) == "any"
    assert schemas.type_of({"properties": {"a": {}}}) == "object"


WORDS = ("paths", "get", "post", "parameters", "responses", "content", "schema", "$ref", "type")
MORE_WORDS = ("properties", "items", "allOf", "enum", "required", "name", "tags", "/a")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(WORDS + MORE_WORDS),
            inner,
            max_size=5,
        )
    ),
    max_leaves=30,
)


@given(JSON)
def test_malformed_documents_are_shown_as_far_as_they_go(value: object) -> None:
    """Whatever JSON a document is, reading it neither fails nor runs for ever."""
    document = reference.parse(json.dumps(value))
    reference.read(document, BASE)
    reference.sample_url(document, BASE)


@pytest.mark.parametrize("text", ["", "[]", "nonsense", "1"])
def test_what_is_no_document_reads_as_empty(text: str) -> None:
    """A document that is no JSON object has no operations."""
    assert reference.read(reference.parse(text), BASE) == []


def test_odd_values_of_a_schema_do_no_harm() -> None:
    """A list where names belong, or a number where a type does, is shown as it is."""
    schemas = Schemas({})
    odd = {"type": 7, "required": [["a"], "a"], "properties": {"a": {"enum": [1, None]}}}
    (row,) = schemas.rows(odd)
    assert row.required
    assert schemas.type_of(odd) == "7"


def test_prose_is_text() -> None:
    """Back quotes make code and empty lines paragraphs; markup stays text."""
    assert inline("a `<b>` c") == "a <code>&lt;b&gt;</code> c"
    assert paragraphs("one\r\n\r\ntwo <i>") == "<p>one</p><p>two &lt;i&gt;</p>"
    assert paragraphs(" ") == ""
