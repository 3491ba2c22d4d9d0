"""Where every value of a JSON text begins, worked out only when somebody has to be told."""

import json
import re

from gatelodge.directory.import_rows import Path, Place

_SPACE = re.compile(r"[ \t\n\r]*")
_decode = json.JSONDecoder().raw_decode


class Fragment:
    """A piece of valid JSON text that begins at a known place of its file."""

    def __init__(self, text: str, place: Place) -> None:
        self._text = text
        self._start = place
        self._offsets: dict[Path, int] = {}
        self._repeated: list[Path] = []

    def place(self, path: Path) -> Place:
        """Return where the value at ``path`` begins, or the nearest one around it."""
        if not path:
            return self._start
        self._map()
        while path not in self._offsets:
            path = path[:-1]
        return self._at(self._offsets[path])

    def repeated(self) -> list[tuple[Path, Place]]:
        """Return every name an object holds a second time, with the place of its value."""
        self._map()
        return [(path, self._at(self._offsets[path])) for path in self._repeated]

    def _at(self, offset: int) -> Place:
        line = self._start.line + self._text.count("\n", 0, offset)
        newline = self._text.rfind("\n", 0, offset)
        column = offset - newline if newline >= 0 else self._start.column + offset
        return Place(line, column)

    def _map(self) -> None:
        if not self._offsets:
            self._walk(0, ())

    def _walk(self, at: int, path: Path) -> int:
        """Note where the value at ``at`` begins and return where it ends."""
        if path in self._offsets:
            self._repeated.append(path)
        self._offsets[path] = at
        opening = self._text[at]
        if opening not in "{[":
            end: int = _decode(self._text, at)[1]
            return end
        at = self._skip(at + 1)
        index = 0
        while self._text[at] not in "}]":
            step: str | int = index
            if opening == "{":
                step, at = _decode(self._text, at)
                at = self._skip(self._skip(at) + 1)
            at = self._skip(self._walk(at, (*path, step)))
            if self._text[at] == ",":
                at = self._skip(at + 1)
            index += 1
        return at + 1

    def _skip(self, at: int) -> int:
        match = _SPACE.match(self._text, at)
        return match.end() if match else at
