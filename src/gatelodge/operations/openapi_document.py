"""An OpenAPI document as its publisher hands it over: JSON or YAML text, checked in every way."""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

import msgspec

from gatelodge.catalog import openapi
from gatelodge.catalog.openapi import BadDocument, Described

LARGEST = 5 * 1024 * 1024
"""Bytes of text that are read."""
MOST_VALUES = 200_000
DEEPEST = 100
_SHOWN = 20


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A document worth publishing: its JSON text, and what it describes."""

    text: str
    described: Described


def read(text: bytes) -> Document:
    """Read, check and understand a document. Raises ``BadDocument`` with every problem found."""
    if len(text) > LARGEST:
        raise BadDocument([f"The document is larger than {LARGEST // 1024 // 1024} MiB."])
    document = _plain(_parsed(text))
    problems = list(dict.fromkeys([*_foreign_references(document)]))
    try:
        described = openapi.read(document)
    except BadDocument as error:
        problems += error.problems
    if not problems:
        problems = _schema_problems(document)
    if problems:
        raise BadDocument(problems)
    return Document(text=json.dumps(document, ensure_ascii=False), described=described)


def _parsed(text: bytes) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    # Slow to import, and only publishing needs it.
    import yaml  # noqa: PLC0415 - see above

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # chosen as it runs
        """YAML's safe loader that leaves dates as the text they are in JSON."""

        yaml_implicit_resolvers: ClassVar = {
            first: [(tag, pattern) for tag, pattern in found if not tag.endswith(":timestamp")]
            for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }

    try:
        return yaml.load(text, Loader)  # noqa: S506 - the loader is the safe one, without dates
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        place = getattr(error, "problem_mark", None)
        at = f" in line {place.line + 1}, column {place.column + 1}" if place else ""
        raise BadDocument([f"The document is neither JSON nor YAML{at}."]) from error


def _plain(document: object) -> object:
    """Return what was read as JSON has it; raises ``BadDocument`` for what JSON has not.

    YAML can name a value many times, and inside itself: what is written out here is counted.
    """
    count = 0

    def copied(value: object, depth: int) -> object:
        nonlocal count
        count += 1
        if count > MOST_VALUES or depth > DEEPEST:
            raise BadDocument(["The document has too many values, or nests them too deeply."])
        if isinstance(value, Mapping):
            return {_key(key): copied(item, depth + 1) for key, item in value.items()}
        if isinstance(value, list):
            return [copied(item, depth + 1) for item in value]
        if isinstance(value, str):
            return _text(value)
        if value is None or (isinstance(value, int | float) and math.isfinite(value)):
            return value
        raise BadDocument([f"The document holds {value!r:.100}, which JSON has not."])

    return copied(document, 0)


def _key(key: object) -> str:
    # YAML reads the status 200 as a number and the word on as true.
    return str(key).lower() if isinstance(key, bool) else _text(str(key))


def _text(value: str) -> str:
    # Not every database stores these.
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise BadDocument(["The document holds a NUL character or half a surrogate pair."])
    return value


def _foreign_references(value: object) -> Iterator[str]:
    """Yield a problem for every reference out of the document: nothing is ever fetched."""
    if isinstance(value, Mapping):
        reference = value.get("$ref")
        if isinstance(reference, str) and not reference.startswith("#"):
            yield f"$ref {reference}: references must stay inside the document."
        for item in value.values():
            yield from _foreign_references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _foreign_references(item)


def _schema_problems(document: object) -> list[str]:
    """Return where the document breaks OpenAPI's own schema."""
    import openapi_spec_validator  # noqa: PLC0415 - slow to import, and only publishing needs it

    assert isinstance(document, dict)  # noqa: S101 - the reader refused everything else
    is_30 = str(document["openapi"]).startswith("3.0")
    validator: Any = (
        openapi_spec_validator.OpenAPIV30SpecValidator
        if is_30
        else openapi_spec_validator.OpenAPIV31SpecValidator
    )
    found = [
        f"{_place(error.absolute_path)}: {_said(error.message)}"
        for error in validator(document).iter_errors()
    ]
    return list(dict.fromkeys(each[:300] for each in found))[:_SHOWN]


def _place(path: Iterable[object]) -> str:
    return ".".join(str(part) for part in path) or "document"


def _said(message: str) -> str:
    """Return what a message says whichever validator is installed: one of them goes on for lines.

    Both are behind the one interface, and which it takes depends on what else is installed.
    """
    return message.partition("\n")[0].replace('"', "'")
