"""Commands typed where the installation's secret is not: none is made in its place."""

import stat
from pathlib import Path

import pytest

from gatelodge import settings
from tests.cli.installing import Commands

GIVEN = "ab" * 32


@pytest.fixture
def begun(commands: Commands, monkeypatch: pytest.MonkeyPatch) -> Commands:
    """Commands on an installation whose server has its secret from elsewhere."""
    monkeypatch.setenv(settings.SECRET_VARIABLE, GIVEN)
    commands.json("keys", "rotate")
    monkeypatch.delenv(settings.SECRET_VARIABLE)
    return commands


@pytest.mark.parametrize("what", [("keys", "list"), ("developers", "invite", "a@example.com")])
def test_a_begun_installation_gets_no_second_secret(
    begun: Commands, tmp_path: Path, what: tuple[str, ...]
) -> None:
    """What would be sealed or digested under it would open nowhere."""
    result = begun.run(*what)
    assert result.exit_code == 2
    assert "the installation's secret is not given" in result.stderr
    assert not (tmp_path / "data" / "secret.key").exists()


def test_nor_does_a_restored_one_that_has_not_been_served(
    commands: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its people are there, its signing keys are not yet."""
    monkeypatch.setenv(settings.SECRET_VARIABLE, GIVEN)
    commands.json("developers", "invite", "a@example.com")
    monkeypatch.delenv(settings.SECRET_VARIABLE)
    assert commands.run("developers", "list").exit_code == 2
    assert not (tmp_path / "data" / "secret.key").exists()


def test_nothing_is_backed_up_without_the_secret(commands: Commands, tmp_path: Path) -> None:
    """Where no installation is at all, none is made to be copied."""
    result = commands.run("backup", "one.backup")
    assert (result.exit_code, (tmp_path / "one.backup").exists()) == (1, False)
    assert "The installation's secret is not here" in result.stderr
    assert not (tmp_path / "data").exists()


def test_nothing_is_backed_up_under_another_secret(
    begun: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The installation could not open it."""
    monkeypatch.setenv(settings.SECRET_VARIABLE, "cd" * 32)
    result = begun.run("backup", "one.backup")
    assert (result.exit_code, (tmp_path / "one.backup").exists()) == (1, False)
    assert "sealed under another secret" in result.stderr
    monkeypatch.setenv(settings.SECRET_VARIABLE, GIVEN)
    assert begun.run("backup", "one.backup").exit_code == 0


def test_looking_at_the_settings_makes_nothing(commands: Commands, tmp_path: Path) -> None:
    """Root may look before the service, a user of its own, has started."""
    result = commands.run("serve", "--check")
    assert (result.exit_code, result.stdout) == (0, "The settings can be used.\n")
    assert not (tmp_path / "data").exists()


def test_the_data_directory_is_private_wherever_the_secret_is(
    begun: Commands, tmp_path: Path
) -> None:
    """It is made for its owner only, with the secret in it or not."""
    del begun
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
