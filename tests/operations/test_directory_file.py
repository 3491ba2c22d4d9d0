"""A directory file is read in pieces; what is no text is refused at its place."""

from pathlib import Path

import pytest

from gatelodge.directory.import_rows import FileRefused
from gatelodge.operations.directory_file import read_file
from gatelodge.operations.row_spool import BATCH, RowSpool


@pytest.mark.parametrize(
    ("raw", "place"),
    [(b'{"accounts": [\n  "\xff"]}', (2, 4)), (b'\xef\xbb\xbf{"accounts"\xc3', (1, 12))],
)
def test_bytes_that_are_no_text_are_refused_at_their_place(
    tmp_path: Path, raw: bytes, place: tuple[int, int]
) -> None:
    """A file that is not UTF-8 is refused where it stops being so; a mark in front is taken."""
    path = tmp_path / "file.json"
    path.write_bytes(raw)
    with RowSpool() as spool, pytest.raises(FileRefused) as caught:
        read_file(path, "json", spool, lambda _done, _total: None)
    (mistake,) = caught.value.mistakes
    assert (mistake.line, mistake.column, mistake.message) == (*place, "this is not UTF-8")


def test_a_line_may_not_be_endless(tmp_path: Path) -> None:
    """A CSV line of more than a megabyte is refused before it fills the memory."""
    path = tmp_path / "file.csv"
    path.write_text("kind\n" + "x" * 2_000_000, encoding="utf-8")
    with RowSpool() as spool, pytest.raises(FileRefused) as caught:
        read_file(path, "csv", spool, lambda _done, _total: None)
    assert caught.value.mistakes[0].line == 2


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_long_file_comes_back_by_kind_in_its_order(tmp_path: Path, end: str) -> None:
    """Rows of all kinds, in any order and more than fit one piece, come back kind by kind."""
    head = "kind,account_id,id,name,address_1,city,country,postal_code,time_zone"
    rows = [
        f"location,1,{n},Place {n},1 Main,Town,US,07733,UTC"
        if n % 2
        else f"account,,{n},Acme {n},1 Main,Town,US,07733,"
        for n in range(1, 9001)
    ]
    path = tmp_path / "file.csv"
    path.write_bytes(end.join([head, *rows]).encode())
    with RowSpool() as spool:
        read_file(path, "csv", spool, lambda _done, _total: None)
        batches = [list(batch) for batch in spool.batches("location")]
        accounts = [row.account.id for batch in spool.batches("account") for row in batch]
    assert [row.location.id for batch in batches for row in batch] == list(range(1, 9001, 2))
    assert [len(batch) for batch in batches] == [BATCH] * 9
    assert batches[0][0].place.line == 2
    assert accounts == list(range(2, 9001, 2))
