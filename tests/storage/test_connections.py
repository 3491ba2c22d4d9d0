"""How databases are opened: durable, and careful beside a server on the same file."""

from pathlib import Path

import pytest

from gatelodge.storage.connections import parse, writer_engine


def pragma(path: Path, name: str, *, guest: bool) -> object:
    """Return what a writing connection has for a pragma."""
    engine = writer_engine(parse(f"sqlite:///{path}"), guest=guest)
    with engine.connect() as conn:
        found = conn.exec_driver_sql(f"PRAGMA {name}").scalar()
    engine.dispose()
    return found


def test_a_commit_is_durable(tmp_path: Path) -> None:
    """An acknowledged write survives a power cut: WAL with a full sync."""
    assert pragma(tmp_path / "a.db", "journal_mode", guest=False) == "wal"
    assert pragma(tmp_path / "a.db", "synchronous", guest=False) == 2


def test_a_command_leaves_checkpoints_to_the_server(tmp_path: Path) -> None:
    """A guest never checkpoints while it writes; the server does."""
    assert pragma(tmp_path / "a.db", "wal_autocheckpoint", guest=True) == 0
    assert pragma(tmp_path / "a.db", "wal_autocheckpoint", guest=False) == 1000


@pytest.mark.parametrize("url", ["mysql://x", "sqlite://", "oracle://a/b"])
def test_other_databases_are_refused(url: str) -> None:
    """Only SQLite files and PostgreSQL are opened."""
    with pytest.raises(ValueError, match="sqlite"):
        parse(url)
