"""JSON Schemas of an OpenAPI document as rows a person can read; references are followed once."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

_DEEPEST = 6
_MOST_ROWS = 300

Json = Mapping[str, Any]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One property: ``depth`` counts the objects around it."""

    name: str
    type: str
    required: bool
    description: str
    depth: int


class Schemas:
    """Reads schemas of one document; whatever is malformed is shown as ``any``."""

    def __init__(self, document: Json) -> None:
        self._document = document

    def resolve(self, value: object) -> Json:
        """Return an object, a local ``$ref`` followed; anything else is an empty object."""
        for _ in range(_DEEPEST):
            if not isinstance(value, Mapping):
                return {}
            reference = value.get("$ref")
            if not isinstance(reference, str):
                return value
            value = self._at(reference)
        return {}

    def rows(self, value: object) -> Sequence[Row]:
        """Return the properties of an object schema (or of a list's items), depth first."""
        found: list[Row] = []
        for row in self._rows(value, 0, ()):
            found.append(row)
            if len(found) == _MOST_ROWS:
                break
        return found

    def type_of(self, value: object) -> str:
        """Return a schema's type in a few words: ``string (date-time)``, ``array of User``."""
        schema = self.resolve(value)
        kind = schema.get("type")
        if isinstance(kind, list):
            return " or ".join(str(one) for one in kind)
        if kind == "array":
            return f"array of {self.type_of(schema.get('items'))}"
        if isinstance(schema.get("enum"), list) and kind is None:
            kind = "string"
        if kind is None:
            kind = "object" if self._properties(schema) else "any"
        return f"{kind} ({schema['format']})" if schema.get("format") else str(kind)

    def note(self, value: object) -> str:
        """Return a schema's description with its allowed values, range and default."""
        schema = self.resolve(value)
        parts = [str(schema.get("description") or "").strip()]
        if isinstance(schema.get("enum"), list):
            parts.append("One of " + ", ".join(f"`{one}`" for one in schema["enum"]) + ".")
        limits = [("minimum", "At least"), ("maximum", "At most")]
        parts += [f"{words} {schema[name]}." for name, words in limits if name in schema]
        if "default" in schema:
            parts.append(f"Default `{schema['default']}`.")
        return " ".join(part for part in parts if part)

    def _rows(self, value: object, depth: int, seen: tuple[int, ...]) -> Iterable[Row]:
        schema = self._object(value)
        if depth > _DEEPEST or id(schema) in seen:
            return
        required = schema.get("required")
        names = [*required] if isinstance(required, list) else []
        for name, property_schema in self._properties(schema).items():
            yield Row(
                name=str(name),
                type=self.type_of(property_schema),
                required=name in names,
                description=self.note(property_schema),
                depth=depth,
            )
            yield from self._rows(property_schema, depth + 1, (*seen, id(schema)))

    def _object(self, value: object) -> Json:
        schema = self.resolve(value)
        for _ in range(_DEEPEST):
            if schema.get("type") != "array":
                break
            schema = self.resolve(schema.get("items"))
        return schema

    def _properties(self, schema: Json) -> Json:
        merged: dict[str, Any] = {}
        parts = schema.get("allOf")
        for part in parts if isinstance(parts, list) else ():
            own = self.resolve(part).get("properties")
            merged |= own if isinstance(own, Mapping) else {}
        own = schema.get("properties")
        return merged | dict(own) if isinstance(own, Mapping) else merged

    def _at(self, reference: str) -> object:
        if not reference.startswith("#/"):
            return None
        value: object = self._document
        for step in reference[2:].split("/"):
            name = step.replace("~1", "/").replace("~0", "~")
            value = value.get(name) if isinstance(value, Mapping) else None
        return value
