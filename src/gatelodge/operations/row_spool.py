"""Checked rows of an import, set aside on disk by kind until the whole file is known to be good."""

import contextlib
import tempfile
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

import msgspec

from gatelodge.directory.import_rows import (
    KINDS,
    AccountRow,
    ExtensionRow,
    Kind,
    LocationRow,
    Row,
    UserRow,
)

BATCH = 500
_IN_MEMORY = 4_194_304
_LENGTH = 4
_TYPES: dict[Kind, Any] = {
    "account": list[AccountRow],
    "location": list[LocationRow],
    "user": list[UserRow],
    "extension": list[ExtensionRow],
}
_KINDS: dict[type[Row], Kind] = {
    AccountRow: "account",
    LocationRow: "location",
    UserRow: "user",
    ExtensionRow: "extension",
}


class RowSpool:
    """Takes rows in any order and gives them back kind by kind, ``BATCH`` at a time.

    Long ones go to unnamed temporary files, which only this process can read.
    """

    def __init__(self) -> None:
        self._open = contextlib.ExitStack()
        self._files = {
            kind: self._open.enter_context(
                tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - the stack closes it
            )
            for kind in KINDS
        }
        self._waiting: dict[Kind, list[Row]] = {kind: [] for kind in KINDS}
        self._encode = msgspec.msgpack.Encoder().encode
        self.counts = dict.fromkeys(KINDS, 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def add(self, row: Row) -> None:
        """Set one row aside."""
        kind = _KINDS[type(row)]
        self.counts[kind] += 1
        waiting = self._waiting[kind]
        waiting.append(row)
        if len(waiting) == BATCH:
            self._write(kind)

    def batches(self, kind: Kind) -> Iterator[list[Any]]:
        """Yield every row of a kind, in the order they were added."""
        if self._waiting[kind]:
            self._write(kind)
        decode = msgspec.msgpack.Decoder(_TYPES[kind]).decode
        file = self._files[kind]
        file.seek(0)
        while length := file.read(_LENGTH):
            yield decode(file.read(int.from_bytes(length, "big")))

    def _write(self, kind: Kind) -> None:
        frame = self._encode(self._waiting[kind])
        self._files[kind].write(len(frame).to_bytes(_LENGTH, "big") + frame)
        self._waiting[kind] = []
