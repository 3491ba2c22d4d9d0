"""The CSV form of a directory import (RFC 4180): a row an object, told apart by ``kind``.

A cell that is empty stands for a field that is not given.
"""

import csv
import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from gatelodge.directory.import_rows import (
    KINDS,
    FileRefused,
    Found,
    Kind,
    Mistake,
    Path,
    Place,
    mistake,
)
from gatelodge.directory.parameters import read_id
from gatelodge.directory.users import CONTACT_TYPES

_ADDRESS = ("address_1", "address_2", "country", "state", "city", "postal_code", "time_zone")
_CONTACTS = {kind.lower(): kind for kind in CONTACT_TYPES}
_NUMBERS = frozenset({"id", "location_id", "user_id"})
_FLAGS = frozenset({"block_caller_id", "dnd_enabled", "vtt_enabled"})
_CELL = re.compile(r'(?:"(?:[^"]|"")*"|[^,\r\n]*),?')
COLUMNS = (
    "kind",
    "account_id",
    "id",
    "name",
    "status",
    *_ADDRESS,
    "login_name",
    "email",
    "first_name",
    "last_name",
    *_CONTACTS,
    "role",
    "state",
    "password_hash",
    "external_id",
    "extension_number",
    "location_id",
    "user_id",
    "caller_id",
    *sorted(_FLAGS),
    "service_type_name",
    "dids",
    "handsets",
)


class _Cells(msgspec.Struct, frozen=True):
    """Where the cells of one row are: found in its text when somebody has to be told."""

    line: int
    text: str
    columns: tuple[str, ...]

    def place(self, path: Path) -> Place:
        """Return where the cell a value comes from begins, or the row."""
        name = self._column(path)
        if name not in self.columns:
            return Place(self.line, 1)
        return self.cell(self.columns.index(name))

    def cell(self, index: int) -> Place:
        """Return where a cell begins."""
        match = _CELL.match(self.text)
        for _ in range(index):
            match = _CELL.match(self.text, match.end() if match else 0)
        offset = match.start() if match else 0
        line = self.line + self.text.count("\n", 0, offset)
        return Place(line, offset - self.text.rfind("\n", 0, offset))

    def _column(self, path: Path) -> str:
        if path[:1] == ("contact_numbers",) and path[1:]:
            present = [name for name in _CONTACTS if name in self.columns]
            return present[int(path[1])]
        if path[:1] == ("address",):
            return str(path[-1])
        return str(path[0]) if path else ""


class _Recorded:
    """Passes lines on to the CSV reader and keeps those of the row it is reading."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._read: list[str] = []
        self.first = 1

    def begin(self) -> None:
        """Forget the last row's lines."""
        self.first += len(self._read)
        self._read = []

    @property
    def text(self) -> str:
        """The lines of the row."""
        return "".join(self._read)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        self._read.append(next(self._lines))
        return self._read[-1]


def read_csv(lines: Iterator[str]) -> Iterator[Found | Mistake]:
    """Yield every row's object, or what is wrong with the row itself.

    Raises ``FileRefused`` where the file cannot be read on.
    """
    recorded = _Recorded(lines)
    rows = _rows(recorded)
    columns = _header(next(rows, []), recorded)
    for cells in rows:
        where = _Cells(recorded.first, recorded.text, columns)
        if len(cells) > len(columns):
            place = where.cell(len(columns))
            yield mistake(place, f"the row has more than {len(columns)} cells")
            continue
        given = {name: cell for name, cell in zip(columns, cells, strict=False) if cell}
        if given:
            yield _found(given, where)


def _rows(recorded: _Recorded) -> Iterator[list[str]]:
    reader = csv.reader(recorded, strict=True)
    while True:
        recorded.begin()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            message = f"the row cannot be read: {error}"
            raise FileRefused([mistake(Place(recorded.first, 1), message)]) from None
        yield [cell.strip() for cell in cells]


def _header(cells: list[str], recorded: _Recorded) -> tuple[str, ...]:
    where = _Cells(recorded.first, recorded.text, tuple(cells))
    mistakes = []
    if "kind" not in cells:
        mistakes.append(
            mistake(Place(1, 1), "the first row must name the columns, kind among them")
        )
    for index, name in enumerate(cells):
        if name not in COLUMNS:
            mistakes.append(mistake(where.cell(index), f"{name or 'empty'}: is no known column"))
        elif name in cells[:index]:
            mistakes.append(mistake(where.cell(index), f"{name}: is there twice"))
    if mistakes:
        raise FileRefused(mistakes)
    return tuple(cells)


def _found(given: dict[str, str], where: _Cells) -> Found | Mistake:
    kind = _kind(given.pop("kind", ""))
    if kind is None:
        return mistake(where.place(("kind",)), f"kind must be one of {', '.join(KINDS)}")
    account_id = None
    if kind != "account":
        account_id = read_id(given.pop("account_id", "")) or None
        if account_id is None:
            place = where.place(("account_id",))
            return mistake(place, f"{kind} account_id: must be a whole number from 1")
    return Found(kind=kind, account_id=account_id, value=_object(kind, given, where), where=where)


def _kind(written: str) -> Kind | None:
    return next((kind for kind in KINDS if kind == written), None)


def _object(kind: Kind, given: dict[str, str], where: _Cells) -> dict[str, Any]:
    """Return the object a row stands for; cells that are not its kind's stay for the rules."""
    value: dict[str, Any] = {}
    if kind in {"account", "location"}:
        value["address"] = {name: given.pop(name) for name in _ADDRESS if name in given}
    if kind == "user":
        value["contact_numbers"] = [
            {"type": type_, "value": given.pop(name, None)}
            for name, type_ in _CONTACTS.items()
            if name in where.columns
        ]
    for name, cell in given.items():
        value[name] = _CONVERSIONS[name](cell) if name in _CONVERSIONS else cell
    return value


def _number(cell: str) -> object:
    value = read_id(cell)
    return cell if value is None else value


def _flag(cell: str) -> object:
    return {"true": True, "false": False}.get(cell.lower(), cell)


def _pairs(first: str, second: str) -> Callable[[str], object]:
    """Return a reader of ``A|B;A|B``, the second part left out where it is empty."""

    def read(cell: str) -> object:
        entries = []
        for entry in cell.split(";"):
            left, _, right = entry.partition("|")
            parts = {first: left.strip(), second: right.strip()}
            entries.append({name: part for name, part in parts.items() if part})
        return entries

    return read


_CONVERSIONS: dict[str, Callable[[str], object]] = {
    **dict.fromkeys(_NUMBERS, _number),
    **dict.fromkeys(_FLAGS, _flag),
    "dids": _pairs("phone_number", "custom_tag"),
    "handsets": _pairs("handset_name", "sip_id"),
}
