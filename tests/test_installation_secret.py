"""The installation's secret: from a variable, a file or a systemd credential, and well kept."""

import stat
from pathlib import Path

import pytest

from gatelodge import settings
from gatelodge.settings import BadSettings, Secrets, Settings

TEXT = "ab" * 32
SAME = Secrets(bytes.fromhex(TEXT)).derive("x")


@pytest.fixture(autouse=True)
def nothing_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may have a secret of their own."""
    monkeypatch.delenv(settings.SECRET_VARIABLE, raising=False)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with the secret that only its owner reads."""
    path = tmp_path / "secret"
    path.write_text(f"{TEXT}\n")
    path.chmod(0o600)
    return path


def refused(wanted: Settings) -> list[str]:
    """Return what is said against a configuration."""
    with pytest.raises(BadSettings) as error:
        settings.load_secrets(wanted)
    return error.value.problems


def test_the_secret_is_made_once_and_private(tmp_path: Path) -> None:
    """The first start writes a secret only its owner may read; the next start finds the same."""
    wanted = Settings(data_dir=tmp_path / "data")
    first = settings.load_secrets(wanted)
    second = settings.load_secrets(wanted)

    assert first.derive("codes") == second.derive("codes")
    assert stat.S_IMODE((tmp_path / "data" / "secret.key").stat().st_mode) == 0o600


def test_it_comes_from_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing is written."""
    monkeypatch.setenv(settings.SECRET_VARIABLE, TEXT)
    assert settings.load_secrets(Settings(data_dir=tmp_path / "data")).derive("x") == SAME
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640, 0o440])
def test_it_comes_from_a_file(tmp_path: Path, file: Path, mode: int) -> None:
    """That its owner, and at most its group, may read."""
    file.chmod(mode)
    wanted = Settings(data_dir=tmp_path / "data", secret_key_file=str(file))
    assert settings.load_secrets(wanted).derive("x") == SAME
    assert not (tmp_path / "data").exists()


def test_it_comes_from_a_credential(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As systemd's LoadCredential= hands it over; a directory without ours changes nothing."""
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    wanted = Settings(data_dir=tmp_path / "data")
    made = settings.load_secrets(wanted)
    file.rename(tmp_path / settings.CREDENTIAL)
    found = settings.load_secrets(wanted)
    assert found.derive("x") == SAME != made.derive("x")


@pytest.mark.parametrize("mode", [0o604, 0o602, 0o644, 0o660, 0o666])
def test_a_file_that_is_open_to_others_is_refused(tmp_path: Path, file: Path, mode: int) -> None:
    """With the command that closes it; the one in the data directory as well."""
    file.chmod(mode)
    wanted = Settings(data_dir=tmp_path, secret_key_file=str(file))
    (problem,) = refused(wanted)
    assert problem.startswith("secret_key_file")
    assert f"chmod 600 {file}" in problem
    made = file.rename(tmp_path / "secret.key")
    (problem,) = refused(Settings(data_dir=tmp_path))
    assert f"chmod 600 {made}" in problem


def test_files_that_are_not_there_are_named(tmp_path: Path) -> None:
    """A missing one, and a directory in its place; none is made."""
    for path in (tmp_path / "missing", tmp_path):
        (problem,) = refused(Settings(data_dir=tmp_path / "data", secret_key_file=str(path)))
        assert str(path) in problem
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("text", ["abcd", "ab" * 33, "xyzw" * 16, "", "é" * 64])
def test_a_broken_secret_is_not_shown(
    file: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """Whatever is not 64 hexadecimal digits is refused by its source's name alone."""
    file.write_text(text, encoding="utf-8")
    (problem,) = refused(Settings(secret_key_file=str(file)))
    assert problem == f"secret_key_file ({file}): must hold 64 hexadecimal digits"
    monkeypatch.setenv(settings.SECRET_VARIABLE, text)
    (problem,) = refused(Settings())
    assert problem == f"{settings.SECRET_VARIABLE}: must hold 64 hexadecimal digits"


def test_every_problem_is_told_at_once(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two sources are one too many even where they agree, and each is looked at."""
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    (tmp_path / settings.CREDENTIAL).write_text(TEXT)
    (tmp_path / settings.CREDENTIAL).chmod(0o644)
    monkeypatch.setenv(settings.SECRET_VARIABLE, "abcd")
    problems = refused(Settings(secret_key_file=str(file)))
    assert [problem.split(" ")[0] for problem in problems] == [
        f"{settings.SECRET_VARIABLE}:",
        "the",
        "the",
    ]
    assert "keep one of them" in problems[-1]
    monkeypatch.setenv(settings.SECRET_VARIABLE, TEXT)
    (tmp_path / settings.CREDENTIAL).chmod(0o400)
    (problem,) = refused(Settings(secret_key_file=str(file)))
    assert "keep one of them" in problem
