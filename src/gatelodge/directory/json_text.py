"""A JSON text that comes in pieces: single values of it, each with the place it begins at.

The standard decoder does the reading, so a long file costs little memory and little time; only one
value at a time is held, of at most ``MAX_VALUE`` characters.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from gatelodge.directory.import_rows import FileRefused, Place, mistake
from gatelodge.directory.json_places import Fragment

MAX_VALUE = 1_048_576
_SPACE = re.compile(r"[ \t\n\r]*")
# An error this close to the end of what was read may only mean that the rest is still to come:
# the longest piece the decoder looks at as a whole is an escaped surrogate pair.
_NEAR = 16


class RepeatedName(Exception):
    """An object holds one name twice."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise RepeatedName
    return value


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_strict = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant).raw_decode
_lenient = json.JSONDecoder().raw_decode


class JsonText:
    """Reads forward through the pieces of one text."""

    def __init__(self, pieces: Iterator[str]) -> None:
        self._pieces = pieces
        self._text = ""
        self._at = 0
        self._line = 1
        self._line_start = 0
        self._ended = False

    @property
    def place(self) -> Place:
        """Where the next character to be read is."""
        return Place(self._line, self._at - self._line_start + 1)

    def peek(self) -> str:
        """Return the next character that is not white space, without taking it; "" at the end."""
        while True:
            match = _SPACE.match(self._text, self._at)
            self._advance(match.end() if match else self._at)
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def take(self, expected: str) -> str:
        """Take the next character, one of ``expected``. Raises ``FileRefused``."""
        character = self.peek()
        if not character or character not in expected:
            wanted = " or ".join(expected)
            self.refuse(f"expected {wanted}, not {character or 'the end of the file'}")
        self._advance(self._at + 1)
        return character

    def value(self) -> tuple[Any, Fragment]:
        """Take one whole value. Raises ``FileRefused`` where the text is no JSON."""
        self.peek()
        try:
            value, end = self._decode(_strict)
        except RepeatedName:
            _value, end = self._decode(_lenient)
            repeated = Fragment(self._text[self._at : end], self.place).repeated()
            raise FileRefused(
                [mistake(place, f"{path[-1]} is given twice") for path, place in repeated]
            ) from None
        fragment = Fragment(self._text[self._at : end], self.place)
        self._advance(end)
        return value, fragment

    def refuse(self, message: str) -> NoReturn:
        """Give up here. Raises ``FileRefused``."""
        raise FileRefused([mistake(self.place, message)])

    def _decode(self, decode: Callable[[str, int], tuple[Any, int]]) -> tuple[Any, int]:
        while True:
            try:
                value, end = decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if not self._may_go_on(error):
                    self._refuse_at(error.pos, f"this is not JSON: {error.msg}")
            except RecursionError:
                self.refuse("the value is nested too deeply")
            except ValueError as error:
                self.refuse(str(error))
            else:
                # A number may go on in the next piece: 12|34.
                if end < len(self._text) or not self._more():
                    return value, end

    def _refuse_at(self, offset: int, message: str) -> NoReturn:
        self._advance(offset)
        self.refuse(message)

    def _may_go_on(self, error: json.JSONDecodeError) -> bool:
        unfinished = error.msg.startswith("Unterminated string")
        if not unfinished and error.pos < len(self._text) - _NEAR:
            return False
        return self._more()

    def _advance(self, to: int) -> None:
        lines = self._text.count("\n", self._at, to)
        if lines:
            self._line += lines
            self._line_start = self._text.rfind("\n", self._at, to) + 1
        self._at = to

    def _more(self) -> bool:
        """Read another piece behind what is not taken yet; false when there is none."""
        if self._ended:
            return False
        if len(self._text) - self._at > MAX_VALUE:
            self.refuse(f"the value is longer than {MAX_VALUE} characters")
        piece = next(self._pieces, "")
        if not piece:
            self._ended = True
            return False
        self._line_start -= self._at
        self._text = self._text[self._at :] + piece
        self._at = 0
        return True
