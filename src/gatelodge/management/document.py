"""The API's OpenAPI 3.1 document, made of the table of operations and the shapes it names."""

import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from gatelodge.identity.personal_tokens import SCOPES
from gatelodge.management import paging
from gatelodge.management.call import Operation
from gatelodge.management.idempotency import LONGEST
from gatelodge.management.problems import MEDIA_TYPE, Problem

_REFERENCE = "#/components/schemas/{name}"
_ABOUT = (
    "What developers do in the portal, for their own programs: applications, consumer keys, "
    "subscriptions, the API directory and the activity log. Send a personal access token from "
    "your account page as a bearer token. A list's Link header leads to its next page. Send "
    "If-Match with the ETag you read to change or delete, and an Idempotency-Key with a POST that "
    "you may have to repeat. Refusals are problem details (RFC 9457)."
)
_QUERY: Mapping[str, Mapping[str, Any]] = {
    "limit": {"type": "integer", "minimum": 1, "maximum": paging.MOST, "default": paging.DEFAULT},
    "cursor": {"type": "string", "description": "The next_cursor of the page before"},
    "search": {"type": "string", "description": "Words to look for"},
}
_JSON = "application/json"


def text(operations: Sequence[Operation], address: str) -> bytes:
    """Return the document for the API at ``address``."""
    paths: dict[str, dict[str, Any]] = {"/openapi.json": {"get": _own()}}
    for one in operations:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one)
    shapes = [shape for one in operations for shape in (one.body, one.answer) if shape is not None]
    _, schemas = msgspec.json.schema_components([*shapes, Problem], ref_template=_REFERENCE)
    scheme = {"type": "http", "scheme": "bearer", "description": "A personal access token"}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Gatelodge management API", "version": "1", "description": _ABOUT},
        "servers": [{"url": address}],
        "security": [{"personal": []}],
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": {"personal": scheme}},
    }
    return msgspec.json.encode(document)


def _own() -> Mapping[str, Any]:
    answered = {"description": "This document", "content": {_JSON: {"schema": {"type": "object"}}}}
    return {
        "operationId": "document",
        "summary": "Show this document",
        "security": [],
        "responses": {"200": answered},
    }


def _operation(one: Operation) -> Mapping[str, Any]:
    said = inspect.getdoc(one.unit) or ""
    scope = "" if one.scope is None else f"Needs the scope {one.scope}: {SCOPES[one.scope]}."
    described = {
        "operationId": one.name,
        "summary": said.partition("\n")[0].rstrip("."),
        "description": scope or "Needs any personal access token.",
        "parameters": list(_parameters(one)),
        "responses": {str(one.status): _answer(one), **dict(_refusals(one))},
    }
    if one.body is not None:
        described["requestBody"] = {"required": True, "content": _content(one.body)}
    return described


def _parameters(one: Operation) -> Iterator[Mapping[str, Any]]:
    for part in one.path.split("/"):
        if part.startswith("{"):
            schema = {"type": "string", "minLength": 1}
            if part == "{environment}":
                schema = {"type": "string", "enum": ["production", "sandbox"]}
            yield {"name": part[1:-1], "in": "path", "required": True, "schema": schema}
    for name in one.query:
        yield {"name": name, "in": "query", "schema": _QUERY[name]}
    if one.matched:
        yield _header("If-Match", "The ETag of the version you mean, or *", required=True)
    if one.method == "POST":
        schema = {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": "^[!-~]+$"}
        said = "Repeats get the first answer, for a day"
        yield _header("Idempotency-Key", said, required=False) | {"schema": schema}


def _header(name: str, said: str, *, required: bool) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": required,
        "description": said,
        "schema": {"type": "string"},
    }


def _answer(one: Operation) -> Mapping[str, Any]:
    names = {
        "ETag": one.tagged,
        "Location": one.status == 201,  # noqa: PLR2004 - the status Created
        "Link": "cursor" in one.query,
    }
    headers = {name: {"schema": {"type": "string"}} for name, there in names.items() if there}
    described: dict[str, Any] = {"description": "Done", "headers": headers}
    if one.answer is not None:
        described["content"] = _content(one.answer)
    return described


def _refusals(one: Operation) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each refusal this operation knows."""
    found = {
        "400": "The request cannot be read",
        "401": "The personal access token is missing or not good",
        "403": "The personal access token lacks the scope",
        "404": "There is no such thing, or it is somebody else's" if "{" in one.path else "",
        "409": "The state of things is against it" if one.method != "GET" else "",
        "412": "It has changed since it was read" if one.matched else "",
        "413": "The body is too large" if one.body else "",
        "415": "The body is not JSON" if one.body else "",
        "422": "Some fields are wrong",
        "428": "If-Match is missing" if one.matched else "",
        "503": "The database is away for a moment",
    }
    if one.unit.__name__ == "subscribe":
        found["404"] = "There is no such application or API"
    content = {MEDIA_TYPE.decode(): {"schema": {"$ref": _REFERENCE.format(name="Problem")}}}
    yield from (
        (status, {"description": said, "content": content})
        for status, said in found.items()
        if said
    )


def _content(shape: Any) -> Mapping[str, Any]:
    (schema,), _ = msgspec.json.schema_components([shape], ref_template=_REFERENCE)
    return {_JSON: {"schema": schema}}
