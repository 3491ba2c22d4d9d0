"""The documentation of an API, made from its stored OpenAPI document."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from gatelodge.portal.samples import call_blocks
from gatelodge.portal.schemas import Json, Row, Schemas

_TEMPLATE = re.compile(r"\{([^{}/]+)\}")
_METHODS = ("get", "post", "put", "patch", "delete", "head", "options")


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """One parameter; ``where`` is path, query or header."""

    name: str
    where: str
    type: str
    required: bool
    description: str


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """A request's or response's body: its media type, its properties and an example as JSON."""

    media_type: str
    type: str
    rows: Sequence[Row]
    example: str | None


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """One answer; ``body`` is ``None`` when it has none or an undescribed one."""

    status: str
    description: str
    body: Body | None


class OperationPage(msgspec.Struct, frozen=True, kw_only=True):
    """One operation with all that a caller has to know."""

    anchor: str
    method: str
    path: str
    summary: str
    description: str
    parameters: Sequence[Parameter]
    request: Body | None
    responses: Sequence[Response]
    blocks: Mapping[str, str]


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """The operations under one tag."""

    name: str
    operations: Sequence[OperationPage]


def read(document: Json, base_url: str) -> Sequence[Group]:
    """Return the document's operations by tag, in the document's order.

    ``base_url`` is the API's address at the gateway; samples call it, whatever servers the
    document names. What is malformed in the document is left out.
    """
    schemas = Schemas(document)
    groups: dict[str, list[OperationPage]] = {}
    for path, item in _mapping(document.get("paths")).items():
        shared = schemas.resolve(item)
        for method in _METHODS:
            operation = shared.get(method)
            if not isinstance(operation, Mapping):
                continue
            page = _page(schemas, base_url, (method, str(path)), shared, operation)
            groups.setdefault(_tag(operation), []).append(page)
    return [Group(name=name, operations=pages) for name, pages in groups.items()]


def sample_url(document: Json, base_url: str) -> str | None:
    """Return an address of the API that a GET can be tried on, ``None`` if it describes none.

    The first operation is taken whose path the document's examples fill, or else the first one.
    """
    schemas = Schemas(document)
    found: str | None = None
    for path, item in _mapping(document.get("paths")).items():
        shared = schemas.resolve(item)
        operation = shared.get("get")
        if not isinstance(operation, Mapping):
            continue
        listed = [*_list(shared.get("parameters")), *_list(operation.get("parameters"))]
        filled = _with_examples(schemas, str(path), listed)
        if "{" not in filled:
            return base_url + filled
        found = found or base_url + _named(filled)
    return found


def parse(text: str) -> Json:
    """Return a stored document; one that is no JSON object reads as empty."""
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return _mapping(value)


def _page(
    schemas: Schemas, base_url: str, where: tuple[str, str], shared: Json, operation: Json
) -> OperationPage:
    method, path = where
    listed = [*_list(shared.get("parameters")), *_list(operation.get("parameters"))]
    parameters = tuple(_parameters(schemas, listed))
    return OperationPage(
        anchor=_anchor(method, path),
        method=method.upper(),
        path=path,
        summary=str(operation.get("summary") or f"{method.upper()} {path}"),
        description=str(operation.get("description") or ""),
        parameters=parameters,
        request=_body(schemas, schemas.resolve(operation.get("requestBody"))),
        responses=tuple(
            _response(schemas, str(status), response)
            for status, response in _mapping(operation.get("responses")).items()
        ),
        blocks=_blocks(base_url + _named(_with_examples(schemas, path, listed)), method),
    )


def _parameters(schemas: Schemas, listed: Iterable[object]) -> Iterable[Parameter]:
    found: dict[tuple[str, str], Parameter] = {}
    for one in listed:
        value = schemas.resolve(one)
        if not value.get("name"):
            continue
        schema = value.get("schema")
        note = " ".join(
            part for part in (str(value.get("description") or ""), _range(schemas, schema)) if part
        )
        parameter = Parameter(
            name=str(value["name"]),
            where=str(value.get("in", "query")),
            type=schemas.type_of(schema),
            required=bool(value.get("required")),
            description=note,
        )
        # An operation's own parameter replaces the path's one of the same name (OpenAPI 4.8.10).
        found[parameter.name, parameter.where] = parameter
    return found.values()


def _range(schemas: Schemas, schema: object) -> str:
    resolved = {k: v for k, v in schemas.resolve(schema).items() if k != "description"}
    return schemas.note(resolved)


def _response(schemas: Schemas, status: str, value: object) -> Response:
    response = schemas.resolve(value)
    return Response(
        status=status,
        description=str(response.get("description") or ""),
        body=_body(schemas, response),
    )


def _body(schemas: Schemas, holder: Json) -> Body | None:
    for media_type, value in _mapping(holder.get("content")).items():
        media = schemas.resolve(value)
        schema = media.get("schema")
        return Body(
            media_type=str(media_type),
            type=schemas.type_of(schema),
            rows=schemas.rows(schema),
            example=_example(schemas, media),
        )
    return None


def _example(schemas: Schemas, media: Json) -> str | None:
    candidates: list[Any] = [media.get("example")]
    examples = _mapping(media.get("examples")).values()
    candidates += [schemas.resolve(one).get("value") for one in examples]
    candidates.append(schemas.resolve(media.get("schema")).get("example"))
    for value in candidates:
        if value is not None:
            return json.dumps(value, indent=2, ensure_ascii=False)
    return None


def _blocks(url: str, method: str) -> Mapping[str, str]:
    blocks = dict(call_blocks(url))
    if method == "get":
        return blocks
    verb = method.upper()
    return {"cURL": blocks["cURL"].replace("curl ", f"curl -X {verb} ", 1)}


def _with_examples(schemas: Schemas, path: str, listed: Iterable[object]) -> str:
    """Return a path template with the examples of its parameters in it."""
    for one in listed:
        parameter = schemas.resolve(one)
        schema = schemas.resolve(parameter.get("schema"))
        values = _mapping(parameter.get("examples")).values()
        examples = [
            parameter.get("example"),
            *(schemas.resolve(value).get("value") for value in values),
            schema.get("example"),
            *_list(schema.get("examples")),
        ]
        known = next((str(value) for value in examples if value is not None), None)
        if known is not None:
            path = path.replace("{" + str(parameter.get("name")) + "}", quote(known, safe=""))
    return path


def _named(path: str) -> str:
    """Return a path template with its parameters' names in capitals."""
    return _TEMPLATE.sub(lambda found: found[1].upper(), path)


def _tag(operation: Json) -> str:
    tags = _list(operation.get("tags"))
    return str(tags[0]) if tags else "Operations"


def _anchor(method: str, path: str) -> str:
    words = "".join(character if character.isalnum() else "-" for character in path)
    return f"{method}-{words.strip('-')}".lower()


def _mapping(value: object) -> Json:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
