"""The commands of the whole program, in an empty directory."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.cli.installing import Commands


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    """Commands on an installation that does not exist yet, in a directory of the test's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GATELODGE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")
    return Commands(CliRunner())
