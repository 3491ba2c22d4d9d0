"""Which API and operation a path means; the path's bytes are compared and never rewritten.

Paths are ``/t/{tenant}{context}[/{version}]/{resource}``. Segments are compared after
percent-decoding each of them (RFC 3986 section 6.2.2), so no spelling of a literal segment can pass
for a parameter; ``%2F`` stays part of its segment, but a path that would be another resource's to
an upstream that decodes first, or drops ``;...``, is refused. A trailing slash makes no difference.
Whoever answers at the longest matching prefix answers alone: a version's segment wins over a
resource of the default version. A literal segment wins over a parameter (OpenAPI 3.1 section
4.8.8.2).
"""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import unquote_to_bytes

import msgspec

from gatelodge.catalog import addresses
from gatelodge.catalog.apis import Api, Operation
from gatelodge.gateway.errors import BadPath, NoSuchContext, NoSuchResource, WrongVerb

ANSWERING = frozenset({"published", "deprecated"})
"""States in which an API answers; in the others its paths are only taken."""

_UNREADABLE = re.compile(
    rb"[^!-~]|\\|%(?![0-9A-Fa-f]{2})|%(?:5[Cc]|7[Ff]|[01][0-9A-Fa-f])",
)
"""Raw control characters, blanks and non-ASCII bytes, backslashes, broken percent signs."""

_SEPARATOR = re.compile(rb"/|%2[Ff]")
_DOT = re.compile(rb"(?:\.|%2[Ee]){1,2}(?:(?:;|%3[Bb]).*)?")
"""A dot segment, one with a path parameter included: some servers drop ``;...`` first."""

_AMBIGUOUS = re.compile(rb";|%2[Ff]|%3[Bb]")
"""Where an upstream may see the end of a segment that is none here."""

_PARAMETER = re.compile(r"\{[^{}]*\}")


class Resource(msgspec.Struct, frozen=True, eq=False):
    """One path template of an API with its operations by method; ``allow`` names them."""

    api: Api
    operations: Mapping[str, Operation]
    allow: bytes

    def operation(self, method: str) -> Operation:
        """Return the operation; HEAD follows GET. Raises ``WrongVerb``."""
        found = self.operations.get(method)
        if found is None and method == "HEAD":
            found = self.operations.get("GET")
        if found is None:
            raise WrongVerb(self.allow)
        return found


class Match(msgspec.Struct, frozen=True, eq=False):
    """A resource, and where the path was cut: ``base`` names the API, ``rest`` is for upstream."""

    resource: Resource
    base: bytes
    rest: bytes

    def target(self, query: bytes) -> bytes:
        """Return what the upstream is asked for, below its own base path."""
        target = self.rest or b"/"
        return target + b"?" + query if query else target


class _Node(msgspec.Struct, eq=False):
    """A place in an API's tree of path templates."""

    literal: dict[bytes, "_Node"] = {}
    mixed: dict[tuple[bytes, ...], "_Node"] = {}
    parameter: "_Node | None" = None
    resource: Resource | None = None

    def step(self, segment: str) -> "_Node":
        """Return the node below for one segment of a template, made if it is new."""
        if _PARAMETER.fullmatch(segment):
            if self.parameter is None:
                self.parameter = _Node()
            return self.parameter
        if _PARAMETER.search(segment):
            literals = tuple(map(unquote_to_bytes, _PARAMETER.split(segment)))
            return self.mixed.setdefault(literals, _Node())
        return self.literal.setdefault(unquote_to_bytes(segment), _Node())

    def find(self, segments: list[bytes], index: int) -> Resource | None:
        """Return the resource at the path's segments from ``index`` on, the most concrete one."""
        if index == len(segments):
            return self.resource
        segment = segments[index]
        node = self.literal.get(segment)
        found = None if node is None else node.find(segments, index + 1)
        if found is None and self.mixed:
            found = self._find_mixed(segments, index)
        if found is None and self.parameter is not None and segment:
            found = self.parameter.find(segments, index + 1)
        return found

    def _find_mixed(self, segments: list[bytes], index: int) -> Resource | None:
        for literals, node in self.mixed.items():
            if _fits(segments[index], literals):
                found = node.find(segments, index + 1)
                if found is not None:
                    return found
        return None


class _Place(msgspec.Struct, eq=False):
    """A place among the prefixes; ``taken`` where an API is or was, ``root`` if one answers."""

    below: dict[bytes, "_Place"] = {}
    taken: bool = False
    root: _Node | None = None


class Routes:
    """Every API of a tenant by path; made anew when the catalogue changes."""

    def __init__(self, tenant: str, apis: Iterable[Api]) -> None:
        self._top = _Place()
        for api in apis:
            root = _tree(api) if api.state in ANSWERING else None
            for path in addresses.paths(api, tenant):
                self._put(path, root)

    def match(self, path: bytes) -> Match:
        """Return what a raw path means. Raises ``BadPath``, ``NoSuchContext``, ``NoSuchResource``.

        Cost grows with the number of templates at most: every node is looked at once.
        """
        check(path)
        raw = path.split(b"/")
        segments = raw if b"%" not in path else [unquote_to_bytes(each) for each in raw]
        root, depth = self._longest(segments)
        if segments[-1] == b"" and len(segments) > depth:
            segments = segments[:-1]
        resource = root.find(segments, depth)
        if resource is None:
            raise NoSuchResource
        if _AMBIGUOUS.search(path) and root.find(_loosely(segments[depth:]), 0) not in {
            None,
            resource,
        }:
            raise BadPath
        base = b"/".join(raw[:depth])
        return Match(resource, base, path[len(base) :])

    def _longest(self, segments: list[bytes]) -> tuple[_Node, int]:
        place, found, depth = self._top, None, 0
        for index, segment in enumerate(segments):
            below = place.below.get(segment)
            if below is None:
                break
            place = below
            if place.taken:
                found, depth = place.root, index + 1
        if found is None:
            raise NoSuchContext
        return found, depth

    def _put(self, prefix: str, root: _Node | None) -> None:
        place = self._top
        for segment in prefix.split("/"):
            place = place.below.setdefault(unquote_to_bytes(segment), _Place())
        place.taken = True
        # One version in service is enough for its prefix to answer.
        place.root = root or place.root


def check(path: bytes) -> None:
    """Raise ``BadPath`` for a path that two servers might read as two different ones."""
    if not path.startswith(b"/") or _UNREADABLE.search(path):
        raise BadPath
    if b"/." not in path and b"%" not in path:
        return
    if any(_DOT.fullmatch(segment) for segment in _SEPARATOR.split(path)):
        raise BadPath
    try:
        # Overlong encodings of a dot or a slash are no UTF-8 (RFC 3629 section 3).
        unquote_to_bytes(path).decode()
    except UnicodeDecodeError:
        raise BadPath from None


def _loosely(segments: Iterable[bytes]) -> list[bytes]:
    """Return decoded segments as an upstream reads them that splits after decoding (WSGI, ASGI).

    Path parameters and empty segments are dropped, as servlet containers and proxies do.
    """
    pieces = (piece.split(b";", 1)[0] for piece in b"/".join(segments).split(b"/"))
    return [piece for piece in pieces if piece]


def _tree(api: Api) -> _Node:
    by_path: dict[str, dict[str, Operation]] = {}
    for operation in api.operations:
        by_path.setdefault(operation.path, {})[operation.method.upper()] = operation
    root = _Node()
    for path, operations in by_path.items():
        node = root
        for segment in path.strip("/").split("/"):
            node = node.step(segment) if segment else node
        before = {} if node.resource is None else node.resource.operations
        together = {**operations, **before}
        node.resource = Resource(api, together, _allow(together))
    return root


def _allow(operations: Mapping[str, Operation]) -> bytes:
    methods = {*operations, "OPTIONS"}
    if "GET" in methods:
        methods.add("HEAD")
    return ", ".join(sorted(methods)).encode()


def _fits(segment: bytes, literals: tuple[bytes, ...]) -> bool:
    """Say whether something of at least one byte stands between each literal and the next.

    No regular expression: a long segment of dashes must not cost its length squared.
    """
    head, *between, tail = literals
    if not segment.startswith(head):
        return False
    at = len(head)
    for literal in between:
        at = segment.find(literal, at + 1)
        if at < 0:
            return False
        at += len(literal)
    return len(segment) - len(tail) > at and segment.endswith(tail)
