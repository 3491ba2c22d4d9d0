"""A directory file, read and checked as a whole before anything is stored."""

import codecs
from collections.abc import Callable, Iterator
from operator import attrgetter
from pathlib import Path
from typing import IO, Literal

from gatelodge.directory.import_check import check
from gatelodge.directory.import_csv import read_csv
from gatelodge.directory.import_json import read_json
from gatelodge.directory.import_rows import (
    ExtensionRow,
    FileRefused,
    Found,
    Mistake,
    Place,
    mistake,
)
from gatelodge.directory.import_seen import Seen
from gatelodge.operations.row_spool import RowSpool

MAX_MISTAKES = 100
"""How many mistakes of one file are listed."""

FileForm = Literal["json", "csv"]
FORMS: tuple[FileForm, ...] = ("json", "csv")
Progress = Callable[[int, int], None]
"""Told how much of how much is done."""

_PIECE = 262_144
_MAX_LINE = 1_048_576


def read_file(path: Path, form: FileForm, spool: RowSpool, progress: Progress) -> None:
    """Check the file and put its rows into ``spool``; ``progress`` is told bytes.

    Raises ``FileRefused`` with up to ``MAX_MISTAKES`` mistakes and ``OSError``.
    """
    mistakes: list[Mistake] = []
    with path.open("rb") as file:
        pieces = _pieces(file, path.stat().st_size, progress)
        found = read_json(pieces) if form == "json" else read_csv(_lines(pieces))
        try:
            for wrong in _wrong(found, spool):
                mistakes.append(wrong)
                if len(mistakes) > MAX_MISTAKES:
                    break
        except FileRefused as error:
            mistakes += error.mistakes
    if mistakes:
        more = len(mistakes) > MAX_MISTAKES
        mistakes.sort(key=attrgetter("line", "column"))
        raise FileRefused(mistakes[:MAX_MISTAKES], more=more)


def _wrong(found: Iterator[Found | Mistake], spool: RowSpool) -> Iterator[Mistake]:
    """Put good rows aside and yield what is wrong with the others."""
    seen = Seen()
    for item in found:
        row = item if isinstance(item, Mistake) else check(item)
        if isinstance(row, Mistake):
            yield row
        elif isinstance(row, list):
            yield from row
        else:
            yield from seen.add(row)
            spool.add(row)
    for batch in spool.batches("extension"):
        for extension in batch:
            if isinstance(extension, ExtensionRow):
                yield from seen.strangers(extension)


def _pieces(file: IO[bytes], size: int, progress: Progress) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    line, column, done = 1, 1, 0
    while True:
        raw = file.read(_PIECE)
        try:
            piece = decoder.decode(raw, final=not raw)
        except UnicodeDecodeError as error:
            good = bytes(error.object[: error.start]).decode()
            place = _behind(good, line, column)
            raise FileRefused([mistake(place, "this is not UTF-8")]) from None
        done += len(raw)
        progress(done, size)
        if piece:
            yield piece
            end = _behind(piece, line, column)
            line, column = end.line, end.column
        if not raw:
            return


def _behind(text: str, line: int, column: int) -> Place:
    """Return the place behind ``text``, which begins at a line and column."""
    newline = text.rfind("\n")
    if newline < 0:
        return Place(line, column + len(text))
    return Place(line + text.count("\n"), len(text) - newline)


def _lines(pieces: Iterator[str]) -> Iterator[str]:
    rest, count = "", 0
    for piece in pieces:
        *whole, rest = (rest + piece).split("\n")
        for line in whole:
            count += 1
            yield f"{line}\n"
        if len(rest) > _MAX_LINE:
            message = f"the line is longer than {_MAX_LINE} characters"
            raise FileRefused([mistake(Place(count + 1, 1), message)])
    if rest:
        yield rest
