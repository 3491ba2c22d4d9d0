"""Documents as publishers hand them over: JSON or YAML, and never more than a document."""

import json
from typing import Any

import pytest

from gatelodge.catalog.openapi import BadDocument
from gatelodge.operations import openapi_document

YAML = b"""\
openapi: 3.1.0
info: {title: Weather, version: v1}
paths:
  /towns/{town}:
    parameters:
      - {name: town, in: path, required: true, schema: {type: string}}
    get:
      parameters:
        - {name: day, in: query, schema: {type: string, format: date, examples: [2026-11-23]}}
      responses:
        200: {description: The weather}
"""


def problems(text: bytes) -> tuple[str, ...]:
    """Return why a text is no document worth publishing."""
    with pytest.raises(BadDocument) as caught:
        openapi_document.read(text)
    return caught.value.problems


def minimal(**more: Any) -> dict[str, Any]:
    """Return a small valid document."""
    operation = {"responses": {"200": {"description": "Fine"}}}
    return {
        "openapi": "3.0.3",
        "info": {"title": "Weather", "version": "v1"},
        "paths": {"/today": {"get": operation}},
        **more,
    }


def test_yaml_becomes_json() -> None:
    """Statuses become text and dates stay text, as they would be in JSON."""
    document = openapi_document.read(YAML)
    value = json.loads(document.text)
    get = value["paths"]["/towns/{town}"]["get"]
    assert list(get["responses"]) == ["200"]
    assert get["parameters"][0]["schema"]["examples"] == ["2026-11-23"]
    assert document.described.name == "Weather"


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_json_is_read(version: str) -> None:
    """Both versions of OpenAPI 3 are checked against their own schema."""
    document = openapi_document.read(json.dumps(minimal(openapi=version)).encode())
    assert json.loads(document.text)["openapi"] == version


def test_the_schema_is_checked() -> None:
    """What OpenAPI's schema refuses is reported with its place."""
    broken = minimal(paths={"/today": {"get": {}}})
    assert problems(json.dumps(broken).encode()) == (
        "paths./today.get: 'responses' is a required property",
    )


def test_nothing_is_fetched() -> None:
    """References out of the document are refused, each once, beside the reader's problems."""
    foreign = minimal(
        components={
            "schemas": {
                "a": {"$ref": "http://127.0.0.1:1/a.json"},
                "b": [{"$ref": "file:///etc/passwd"}, {"$ref": "http://127.0.0.1:1/a.json"}],
            }
        },
        info={"title": "Weather"},
    )
    assert problems(json.dumps(foreign).encode()) == (
        "$ref http://127.0.0.1:1/a.json: references must stay inside the document.",
        "$ref file:///etc/passwd: references must stay inside the document.",
        "info.version: is missing.",
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"a: [", "neither JSON nor YAML in line"),
        (b"\xff\xfe\x00", "neither JSON nor YAML"),
        (b"a: !!python/object/apply:os.system [ls]", "neither JSON nor YAML"),
        (b"&a [*a]", "nests them too deeply"),
        (b"[" * 5_000, "neither JSON nor YAML"),
        (b"a: .nan", "holds nan"),
        (b"a: !!binary aGk=", "holds b'hi'"),
        (b'{"a": "\\u0000"}', "NUL"),
        (b'{"\\ud800": 1}', "surrogate"),
        (b"x" * (openapi_document.LARGEST + 1), "larger than 5 MiB"),
    ],
)
def test_what_is_no_document(text: bytes, said: str) -> None:
    """Broken text, values JSON has not, and endless ones are refused, never executed."""
    assert said in problems(text)[0]


def test_aliases_do_not_multiply_without_end() -> None:
    """A small file whose aliases stand for millions of values is refused quickly."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert "too many values" in problems("\n".join(lines).encode())[0]
