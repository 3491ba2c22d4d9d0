"""Turns a decoded answer into models: keeps what they do not know, forgives what servers vary."""

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar, cast

import msgspec
from msgspec import inspect

from gatelodge_client.errors import UnexpectedAnswer
from gatelodge_client.models import Did, Model

M = TypeVar("M", bound=Model)


def read(model: type[M], data: object) -> M:
    """Return ``data`` as a ``model``; raises ``UnexpectedAnswer`` when it cannot be one."""
    try:
        return msgspec.convert(_fitted(model, data), model, strict=False)
    except msgspec.ValidationError as error:
        raise UnexpectedAnswer(f"Not a {model.__name__}: {error}") from error


@cache
def _fields(model: type[Model]) -> dict[str, inspect.Type]:
    info = cast("inspect.StructType", inspect.type_info(model))
    return {field.encode_name: field.type for field in info.fields if field.name != "extra"}


def _fitted(model: type[Model], data: object) -> object:
    """Return a mapping in which what the model does not name is below ``extra``."""
    if model is Did and isinstance(data, str):
        return {"phone_number": data}
    if not isinstance(data, Mapping):
        return data
    known = _fields(model)
    fitted: dict[str, Any] = {"extra": {k: v for k, v in data.items() if k not in known}}
    for name, kind in known.items():
        if data.get(name) is not None:
            fitted[name] = _value(kind, data[name])
    return fitted


def _value(kind: inspect.Type, value: object) -> object:
    """Fit one field's value: descend into models, and let numbers pass where text is expected."""
    kinds = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
    for one in kinds:
        if isinstance(one, inspect.StructType):
            return _fitted(cast("type[Model]", one.cls), value)
        if isinstance(one, inspect.VarTupleType) and isinstance(value, list):
            return [_value(one.item_type, item) for item in value]
    takes_numbers = any(isinstance(one, inspect.IntType | inspect.BoolType) for one in kinds)
    if isinstance(value, int) and not takes_numbers:
        return str(value)
    return value
