"""Reads what the gateway has to know out of an OpenAPI 3.0 or 3.1 document.

Who may call an operation comes from ``security`` (OpenAPI 3.1 section 4.8.30) or, where the
document has it, from WSO2's ``x-auth-type``; which scopes need a publisher's approval from a
security scheme's ``x-sensitive-scopes``. An operation without either needs a subscribed
application's access token: nothing is public unless the document says so. All problems are
reported together, each with its place.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from gatelodge.catalog import path_templates
from gatelodge.catalog.apis import Audience, Operation
from gatelodge.catalog.errors import CatalogError

Json = Mapping[str, Any]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
_AUTH_TYPES: Mapping[str, Audience] = {
    "any": "any",
    "application & application user": "any",
    "application": "application",
    "application user": "user",
    "application_user": "user",
    "none": "none",
}
_SCOPED = frozenset({"oauth2", "openIdConnect"})


class BadDocument(CatalogError):
    """The document cannot be published; ``problems`` lists every reason with its place."""

    status = 422

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


class Described(msgspec.Struct, frozen=True, kw_only=True):
    """What a document says of an API; ``scopes`` maps each declared scope to its meaning."""

    name: str
    version: str
    description: str
    operations: tuple[Operation, ...]
    scopes: dict[str, str]
    sensitive_scopes: frozenset[str]


def read(document: object) -> Described:
    """Return what the document describes. Raises ``BadDocument``."""
    if not isinstance(document, Mapping):
        raise BadDocument(["The document is not an object."])
    reader = _Reader(document)
    described = reader.described()
    if reader.problems:
        raise BadDocument(reader.problems)
    return described


class _Reader:
    """Walks one document and collects what is wrong with it."""

    def __init__(self, document: Json) -> None:
        self._document = document
        self.problems: list[str] = []
        self._schemes = {
            str(name): self._resolve(scheme, f"components.securitySchemes.{name}")
            for name, scheme in self._mapping(
                self._mapping(document.get("components")).get("securitySchemes")
            ).items()
        }

    def described(self) -> Described:
        """Return the whole description."""
        version = self._document.get("openapi")
        if not str(version).startswith(("3.0", "3.1")):
            self.problems.append(f"openapi: this reads OpenAPI 3.0 and 3.1, not {version!r}.")
        info = self._mapping(self._document.get("info"))
        for field in ("title", "version"):
            if not info.get(field):
                self.problems.append(f"info.{field}: is missing.")
        operations = tuple(self._operations())
        if not operations:
            self.problems.append("paths: describes no operation.")
        scopes = self._scopes()
        return Described(
            name=str(info.get("title", "")),
            version=str(info.get("version", "")),
            description=str(info.get("description") or info.get("summary") or ""),
            operations=operations,
            scopes=scopes,
            sensitive_scopes=frozenset(self._sensitive(scopes)),
        )

    def _operations(self) -> Iterator[Operation]:
        seen: dict[tuple[str, ...], str] = {}
        for path, value in self._mapping(self._document.get("paths")).items():
            if str(path).startswith("x-"):
                continue
            place = f"paths.{path}"
            problem = path_templates.problem(str(path))
            if problem is not None:
                self.problems.append(f"{place}: {problem}")
                continue
            shape = path_templates.shape(str(path))
            if shape in seen:
                self.problems.append(f"{place}: means the same path as {seen[shape]}.")
            seen[shape] = str(path)
            yield from self._path_operations(str(path), self._resolve(value, place))

    def _path_operations(self, path: str, item: Json) -> Iterator[Operation]:
        if "trace" in item:
            self.problems.append(f"paths.{path}.trace: TRACE is never forwarded.")
        for method in METHODS:
            if method not in item:
                continue
            place = f"paths.{path}.{method}"
            operation = self._mapping(item[method])
            audience, scopes = self._access(operation, place)
            yield Operation(
                method=method.upper(),
                path=path,
                audience=audience,
                scopes=scopes,
                summary=str(operation.get("summary") or ""),
            )

    def _access(self, operation: Json, place: str) -> tuple[Audience, frozenset[str]]:
        own = operation.get("security")
        security = self._document.get("security") if own is None else own
        alternatives = security if isinstance(security, list) else None
        scopes = frozenset(self._needed(alternatives or [], place))
        auth_type = operation.get("x-auth-type")
        if auth_type is not None:
            audience = _AUTH_TYPES.get(str(auth_type).strip().lower())
            if audience is None:
                self.problems.append(f"{place}.x-auth-type: {auth_type!r} is not known.")
                return "any", scopes
            return audience, frozenset() if audience == "none" else scopes
        if alternatives is not None and (not alternatives or {} in alternatives):
            return "none", frozenset()
        return "any", scopes

    def _needed(self, alternatives: Sequence[object], place: str) -> frozenset[str]:
        """Return the scopes that every alternative asks for."""
        asked = {self._needed_by(self._mapping(one), place) for one in alternatives if one}
        if len(asked) > 1:
            self.problems.append(
                f"{place}.security: the alternatives need different scopes, and one access token "
                "cannot say which was meant."
            )
        return next(iter(asked), frozenset())

    def _needed_by(self, requirement: Json, place: str) -> frozenset[str]:
        needed: set[str] = set()
        for name, scopes in requirement.items():
            scheme = self._schemes.get(str(name))
            if scheme is None:
                self.problems.append(f"{place}.security: there is no security scheme {name}.")
            elif scheme.get("type") in _SCOPED:
                wanted = {str(scope) for scope in scopes} if isinstance(scopes, list) else set()
                self._check_declared(scheme, wanted, place)
                needed |= wanted
        return frozenset(needed)

    def _check_declared(self, scheme: Json, wanted: set[str], place: str) -> None:
        if scheme.get("type") != "oauth2":
            return
        for scope in sorted(wanted - set(self._declared(scheme))):
            self.problems.append(f"{place}.security: the scope {scope} is not declared.")

    def _scopes(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for scheme in self._schemes.values():
            found |= self._declared(scheme)
        return found

    def _sensitive(self, declared: Collection[str]) -> Iterator[str]:
        for name, scheme in self._schemes.items():
            place = f"components.securitySchemes.{name}.x-sensitive-scopes"
            listed = scheme.get("x-sensitive-scopes", [])
            if not isinstance(listed, list):
                self.problems.append(f"{place}: is no list of scopes.")
                continue
            for scope in map(str, listed):
                if scope not in declared:
                    self.problems.append(f"{place}: the scope {scope} is not declared.")
                yield scope

    def _declared(self, scheme: Json) -> dict[str, str]:
        found: dict[str, str] = {}
        for flow in self._mapping(scheme.get("flows")).values():
            for name, meaning in self._mapping(self._mapping(flow).get("scopes")).items():
                found[str(name)] = str(meaning)
        return found

    def _resolve(self, value: object, place: str) -> Json:
        """Follow local references (RFC 6901 pointers) up to the value."""
        for _ in range(8):
            target = self._mapping(value).get("$ref")
            if target is None:
                return self._mapping(value)
            value = self._at(str(target))
        self.problems.append(f"{place}: its reference leads nowhere.")
        return {}

    def _at(self, pointer: str) -> object:
        if not pointer.startswith("#/"):
            return {"$ref": pointer}
        value: object = self._document
        for part in pointer[2:].split("/"):
            name = part.replace("~1", "/").replace("~0", "~")
            value = self._mapping(value).get(name, {"$ref": "#/"})
        return value

    @staticmethod
    def _mapping(value: object) -> Json:
        return value if isinstance(value, Mapping) else {}
