"""The file of a backup: what is written is read back, whatever its size; nothing else opens."""

import io

import pytest

from gatelodge.operations import backup_file
from gatelodge.operations.backup_file import UnreadableBackup
from gatelodge.settings import Secrets
from gatelodge.storage.copies import Part

SECRETS = Secrets(b"s" * 32)
HEAD = backup_file.head("1", "0001", 5)


def written(*parts: Part) -> io.BytesIO:
    """Return a file with these parts."""
    file = io.BytesIO()
    backup_file.write(file, SECRETS, HEAD, parts)
    file.seek(0)
    return file


def test_large_rows_are_read_back() -> None:
    """A thousand rows may be large: they are written in pieces that can be read."""
    rows = [{"id": n, "document": "x" * 700_000} for n in range(100)]
    file = written(Part(table="apis", rows=rows), Part(table="plans", rows=[{"name": "Gold"}]))
    head, described = backup_file.read_head(file)
    found = list(backup_file.read(file, SECRETS, described))
    assert head == HEAD
    assert [row for part in found for row in part.rows] == [*rows, {"name": "Gold"}]


def test_what_is_kept_no_more_is_not_read() -> None:
    """A backup is no way to bring in rows of a table that ends with a restore."""
    file = written(Part(table="sessions", rows=[{"id": 1}]))
    _, described = backup_file.read_head(file)
    with pytest.raises(UnreadableBackup, match="sessions"):
        list(backup_file.read(file, SECRETS, described))


def test_another_head_opens_nothing() -> None:
    """What the head says is authenticated with every piece."""
    file = written(Part(table="plans", rows=[{"name": "Gold"}]))
    _, described = backup_file.read_head(file)
    with pytest.raises(UnreadableBackup):
        list(backup_file.read(file, SECRETS, described.replace(b"0001", b"0002")))
