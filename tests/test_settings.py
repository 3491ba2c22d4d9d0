"""Settings: one file, the environment over it, every problem at once, and a well-kept secret."""

from pathlib import Path

import pytest

from gatelodge import mail_server, settings
from gatelodge.settings import BadSettings, Secrets


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a test writes its settings file."""
    return tmp_path / "gatelodge.toml"


def test_defaults_need_no_file() -> None:
    """Without a file the installation listens on loopback and is its own issuer."""
    read = settings.read(None)

    assert (read.host, read.port) == ("127.0.0.1", 8080)
    assert read.issuer == "http://localhost:8080"
    assert read.database == "sqlite:///gatelodge-data/gatelodge.db"
    assert not read.secure


def test_the_command_line_wins_over_the_environment_over_the_file(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A chosen value beats a variable, which beats the file."""
    file.write_text('port = 1000\nhost = "10.0.0.1"\ntenant = "file.example"\n')
    monkeypatch.setenv("GATELODGE_PORT", "2000")
    monkeypatch.setenv("GATELODGE_HOST", "10.0.0.2")

    read = settings.read(file, port=3000, host=None)

    assert (read.port, read.host, read.tenant) == (3000, "10.0.0.2", "file.example")


def test_every_problem_is_reported_at_once_with_its_name(file: Path) -> None:
    """Three mistakes make three sentences, each naming its setting."""
    file.write_text('port = "many"\ntenant = "No Such!"\nbase_url = "ftp://x/"\ncolour = "red"\n')

    with pytest.raises(BadSettings) as refused:
        settings.read(file)

    assert [problem.split(":")[0] for problem in sorted(refused.value.problems)] == [
        "base_url",
        "colour",
        "port",
        "tenant",
    ]


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("port", 0),
        ("database_url", "mysql://x"),
        ("tenant", ""),
        ("base_url", "https://a.example/"),
        ("fault_format", "5.x"),
    ],
)
def test_a_wrong_choice_is_refused_by_name(setting: str, value: object) -> None:
    """A wrong value on the command line is reported like one in the file."""
    with pytest.raises(BadSettings) as refused:
        settings.read(None, **{setting: value})

    assert refused.value.problems[0].startswith(setting)


def test_a_file_that_is_no_toml_is_named(file: Path) -> None:
    """A syntax error names the file and the place."""
    file.write_text("port = \n")

    with pytest.raises(BadSettings, match=r"gatelodge\.toml"):
        settings.read(file)


def test_https_asks_for_secure_cookies() -> None:
    """An https base URL is the issuer as written."""
    read = settings.read(None, base_url="https://lodge.example")

    assert read.secure
    assert read.issuer == "https://lodge.example"


def test_purposes_have_keys_of_their_own() -> None:
    """Two purposes never share a key, and nothing of the secret shows."""
    secrets = Secrets(bytes(32))

    assert secrets.derive("a") != secrets.derive("b")
    assert repr(secrets) == "Secrets(...)"


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://mail.example.com", "must be smtp://"),
        ("smtp://", "must be smtp://"),
        ("smtp://mail.example.com/path", "must be smtp://"),
        ("smtp://mail.example.com:99999", "the port must be"),
        ("smtp://me:hidden-word@mail.example.com", "must hold no password"),
        ("smtp+plain://me@mail.example.com", "must name no user"),
    ],
)
def test_a_mail_servers_address(file: Path, url: str, problem: str) -> None:
    """What is wrong is said, without repeating an address that may hold a password."""
    file.write_text(f'smtp_url = "{url}"\nmail_from = "a@example.com"\n')
    with pytest.raises(BadSettings, match=problem) as refused:
        settings.read(file)
    assert "hidden-word" not in str(refused.value)


@pytest.mark.parametrize(
    "sender", ["nobody", "a@example.com, b@example.com", "A\\nBcc: x <a@example.com>", "A <a@b"]
)
def test_a_sender_is_one_address(file: Path, sender: str) -> None:
    """With a name or without; a mail server's address asks for one."""
    file.write_text(f'smtp_url = "smtp://localhost"\nmail_from = "{sender}"\n')
    with pytest.raises(BadSettings, match="mail_from: must be an address"):
        settings.read(file)
    file.write_text('smtp_url = "smtp://localhost"\n')
    with pytest.raises(BadSettings, match="mail_from: must be given"):
        settings.read(file)
    for good in ("noreply@example.com", "Example & Co <noreply@example.com>"):
        file.write_text(f'smtp_url = "smtp://localhost"\nmail_from = "{good}"\n')
        assert settings.read(file).mail_from == good


def test_the_mail_servers_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment's wins over the file's, and a file that is not there is an error."""
    written = tmp_path / "password"
    with pytest.raises(FileNotFoundError):
        mail_server.password(str(written))
    written.write_text("from the file\n")
    assert mail_server.password(str(written)) == "from the file"
    monkeypatch.setenv("GATELODGE_SMTP_PASSWORD", "from the environment")
    assert mail_server.password(str(written)) == "from the environment"
    monkeypatch.delenv("GATELODGE_SMTP_PASSWORD")
    assert mail_server.password("") is None


def test_several_processes_need_postgresql(monkeypatch: pytest.MonkeyPatch) -> None:
    """A SQLite database is refused by name, and so is a system that has no fork."""
    with pytest.raises(BadSettings, match=r"^workers: 4 processes cannot share a SQLite database"):
        settings.read(None, workers=4)
    url = "postgresql://lodge@db/lodge"
    assert settings.read(None, workers=4, database_url=url).workers == 4
    monkeypatch.delattr("os.fork")
    with pytest.raises(BadSettings, match=r"^workers: this system cannot fork"):
        settings.read(None, workers=4, database_url=url)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://cache.example.com", "must be valkey://"),
        ("valkey://", "must be valkey://"),
        ("unix://", "must be valkey://"),
        ("valkey://cache.example.com:99999", "the port must be"),
        ("valkey://me:hidden-word@cache.example.com/first", "the database must be"),
    ],
)
def test_the_address_of_valkey(url: str, problem: str) -> None:
    """What is wrong is said, without repeating an address that may hold a password."""
    with pytest.raises(BadSettings, match=f"^valkey_url: {problem}") as refused:
        settings.read(None, valkey_url=url)
    assert "hidden-word" not in str(refused.value)


@pytest.mark.parametrize(
    "url", ["", "valkey://cache", "valkeys://me:word@cache:7000/2", "unix:///run/valkey.sock"]
)
def test_a_good_address_of_valkey(url: str) -> None:
    """With TLS and without, with a database, by a socket's path."""
    assert settings.read(None, valkey_url=url).valkey_url == url
