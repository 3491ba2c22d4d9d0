"""The operator's settings: frozen values from one TOML file and ``GATELODGE_*``, read once.

All problems of a configuration are reported together, each with its setting's name.
"""

import os
import re
import stat
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from gatelodge import issuance, mail_server, providers, proxies, scaling, tls
from gatelodge.providers import Provider

PREFIX = "GATELODGE_"
"""What the environment variable of a setting starts with."""

_TABLES = "providers"
_TENANT = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,62}[a-z0-9])?")


class BadSettings(Exception):
    """The configuration cannot be used; ``problems`` names every setting that is wrong and why."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything an operator may choose; ``read`` checks it."""

    host: Annotated[str, Meta(description="Address to listen on.", min_length=1)] = "127.0.0.1"
    port: Annotated[int, Meta(description="Port to listen on.", ge=1, le=65535)] = 8080
    workers: scaling.Workers = 1
    base_url: Annotated[
        str,
        Meta(
            description="Address people and clients use, without a trailing slash; it is the "
            "issuer of tokens. Default: localhost and the port."
        ),
    ] = ""
    tls_certificate: tls.Certificate = ""
    tls_key: tls.Key = ""
    trusted_proxies: proxies.TrustedProxies = ""
    tenant: Annotated[
        str, Meta(description="Name in users' logins (login@tenant) and in paths (/t/TENANT/...).")
    ] = "default"
    product_name: Annotated[
        str, Meta(description="Name shown on every page.", min_length=1, max_length=60)
    ] = "Gatelodge"
    data_dir: Annotated[
        Path, Meta(description="Directory of the database and of the installation's secret.")
    ] = Path("gatelodge-data")
    operator_address: scaling.OperatorAddress = ""
    database_url: Annotated[
        str,
        Meta(
            description="sqlite:///PATH or postgresql://USER@HOST/NAME. "
            "Default: gatelodge.db in the data directory."
        ),
    ] = ""
    change_feed: scaling.ChangeFeed = "listen"
    valkey_url: scaling.ValkeyUrl = ""
    when_valkey_is_away: scaling.WhenAway = "local"
    secret_key_file: Annotated[
        str,
        Meta(
            description="File with the installation's secret, 64 hexadecimal digits, that only its "
            "owner and group may read. Default: secret.key in the data directory, made at the "
            "first start."
        ),
    ] = ""
    smtp_url: Annotated[
        str,
        Meta(
            description="Server that takes our mail: smtp://USER@HOST:587 (STARTTLS), "
            "smtps://USER@HOST:465 (TLS), or smtp+plain://HOST:25 for a relay on a network you "
            "trust. Empty: no mail is sent. The password is no part of it: it stands in "
            "GATELODGE_SMTP_PASSWORD or in smtp_password_file."
        ),
    ] = ""
    smtp_password_file: Annotated[
        str, Meta(description="File that holds the mail server's password.")
    ] = ""
    mail_from: Annotated[
        str, Meta(description="Sender of our mail, like Example <noreply@example.com>.")
    ] = ""
    signing_key_days: issuance.SigningKeyDays = 90
    longest_access_token: issuance.LongestAccessToken = 604_800
    audit_months: scaling.AuditMonths = 24
    fault_format: Annotated[
        Literal["4.x", "3.x"],
        Meta(
            description='Shape of gateway faults: "4.x" {"code": "900901", ...} or "3.x" '
            '{"fault": {"code": 900901, ...}}.'
        ),
    ] = "4.x"
    log_format: Annotated[
        Literal["console", "json"], Meta(description="How log lines are written to standard error.")
    ] = "console"
    access_log: scaling.AccessLog = False

    providers: tuple[Provider, ...] = ()

    @property
    def issuer(self) -> str:
        """The issuer identifier and base of every link, without a trailing slash."""
        scheme = "https" if self.tls_certificate else "http"
        return self.base_url or f"{scheme}://localhost:{self.port}"

    @property
    def signing_key_period(self) -> int:
        """For how many seconds a key signs."""
        return self.signing_key_days * 86_400

    @property
    def secure(self) -> bool:
        """Whether people come over TLS, so that cookies may insist on it."""
        return self.issuer.startswith("https:")

    @property
    def local(self) -> bool:
        """Whether it is tried out on this very machine: nobody elsewhere can use its issuer."""
        return urlsplit(self.issuer).hostname in {"localhost", "127.0.0.1", "::1"}

    @property
    def database(self) -> str:
        """The database's address, the default filled in."""
        return self.database_url or f"sqlite:///{self.data_dir / 'gatelodge.db'}"


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One setting as documents show it; ``default`` is a string, a number or a path."""

    name: str
    type: Any
    description: str
    default: object


def every() -> Sequence[Setting]:
    """Return every setting that is one value, in the order people read them.

    The tables of ``providers`` have a list of their own, ``gatelodge.providers.table_keys``.
    """
    hints = get_type_hints(Settings, include_extras=True)
    return [
        Setting(
            name=field.name,
            type=hints[field.name],
            description=hints[field.name].__metadata__[0].description,
            default=field.default,
        )
        for field in msgspec.structs.fields(Settings)
        if field.name != _TABLES
    ]


def read(path: Path | None, **chosen: object) -> Settings:
    """Read the settings file (if there is one), the environment and the command line's choices.

    ``chosen`` wins over the environment, which wins over the file. Raises ``BadSettings``.
    """
    from_file: dict[str, object] = {}
    if path is not None:
        try:
            from_file = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise BadSettings([f"{path}: {error}"]) from error
    given = {name: value for name, value in chosen.items() if value is not None}
    return _checked(from_file | _environment() | given)


def _environment() -> dict[str, object]:
    names = {setting.name: PREFIX + setting.name.upper() for setting in every()}
    return {name: os.environ[key] for name, key in names.items() if key in os.environ}


def _checked(given: Mapping[str, object]) -> Settings:
    known = {setting.name: setting for setting in every()}
    unknown = given.keys() - known.keys() - {_TABLES}
    problems = [f"{name}: there is no such setting" for name in unknown]
    values: dict[str, Any] = {}
    if _TABLES in given:
        values[_TABLES] = providers.read(given[_TABLES], _client_secret, problems)
    for name in given.keys() & known.keys():
        try:
            # Not strict: environment variables are strings, whatever they mean.
            value = msgspec.convert(given[name], known[name].type, strict=False, dec_hook=_path)
            problem = _RULES[name](value) if name in _RULES else None
        except msgspec.ValidationError as error:
            problem = str(error)[:1].lower() + str(error)[1:]
        else:
            values[name] = value
        if problem is not None:
            problems.append(f"{name}: {problem}{_shown(name, given[name])}")
    if problems:
        raise BadSettings(sorted(problems))
    settings = Settings(**values)
    conflicts = sorted(_conflicts(settings))
    if conflicts:
        raise BadSettings(conflicts)
    return settings


def _conflicts(settings: Settings) -> Iterator[str]:
    """Yield what cannot be together, however good each setting is by itself."""
    if settings.smtp_url and not settings.mail_from:
        yield "mail_from: must be given where smtp_url is"
    yield from tls.conflicts(
        certificate=settings.tls_certificate, key=settings.tls_key, base_url=settings.base_url
    )
    yield from scaling.conflicts(
        workers=settings.workers, database=settings.database, forks=hasattr(os, "fork")
    )


def _client_secret(variable: str, file: str) -> str:
    if bool(variable) == bool(file):
        raise ValueError("give one of client_secret_env and client_secret_file")
    if variable:
        secret = os.environ.get(variable, "")
    else:
        try:
            secret = Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise ValueError("the file of client_secret_file cannot be read") from None
    if not secret:
        raise ValueError("holds no secret")
    return secret


def _path(wanted: type, value: object) -> Path:
    if wanted is Path and isinstance(value, str | Path) and str(value):
        return Path(value)
    raise ValueError("expected a path")


def _shown(name: str, value: object) -> str:
    # A server's address may carry a password.
    return "" if name in {"database_url", "smtp_url", "valkey_url"} else f" (got {value!r})"


def _base_url_problem(value: str) -> str | None:
    parts = urlsplit(value)
    good = parts.scheme in {"http", "https"} and parts.netloc
    if value and (not good or parts.query or parts.fragment or parts.path):
        return "must be http(s)://HOST[:PORT] without path, query or trailing slash"
    return None


def _tenant_problem(value: str) -> str | None:
    if _TENANT.fullmatch(value):
        return None
    return "must be lower-case letters, digits, dots and hyphens, like example.com"


_RULES: Mapping[str, Callable[[Any], str | None]] = {
    "base_url": _base_url_problem,
    "trusted_proxies": proxies.problem,
    "tenant": _tenant_problem,
    "operator_address": scaling.operator_address_problem,
    "valkey_url": scaling.valkey_url_problem,
    "database_url": scaling.database_url_problem,
    "smtp_url": mail_server.url_problem,
    "mail_from": mail_server.sender_problem,
}


class Secrets:
    """The installation's one secret, from which every purpose gets a key of its own."""

    def __init__(self, root: bytes) -> None:
        if len(root) != _SECRET_BYTES:
            message = "the installation secret must be 32 bytes"
            raise ValueError(message)
        self._root = root

    def __repr__(self) -> str:
        """Show nothing of the secret."""
        return "Secrets(...)"

    def derive(self, purpose: str) -> bytes:
        """Return the 32-byte key for one purpose."""
        return blake2b(purpose.encode(), key=self._root, digest_size=32).digest()


_SECRET_BYTES = 32
SECRET_VARIABLE = "GATELODGE_SECRET_KEY"  # noqa: S105 - the name of a variable
CREDENTIAL = "gatelodge-secret-key"
"""The name under which systemd hands the secret over (``LoadCredential=``)."""

_CREDENTIALS_DIRECTORY = "CREDENTIALS_DIRECTORY"
# A group may read it, which is how root gives a service a secret it cannot change (0640).
_TOO_OPEN = stat.S_IRWXO | stat.S_IWGRP


class _Source(msgspec.Struct, frozen=True, kw_only=True):
    """One place the secret may come from, as problems name it; ``text`` where it is no file."""

    name: str
    path: Path | None = None
    text: str = ""


def has_secret(settings: Settings) -> bool:
    """Say whether the installation's secret is there, readable or not."""
    given = any(_given_sources(settings.secret_key_file))
    return given or (settings.data_dir / "secret.key").exists()


def load_secrets(settings: Settings) -> Secrets:
    """Return the installation's secret, made in the data directory where none was given.

    It is given by one of: ``GATELODGE_SECRET_KEY``, the file that ``secret_key_file`` names, a
    systemd credential. Raises ``BadSettings`` with every problem there is, and ``OSError`` when
    none is given and the data directory cannot hold one.
    """
    given = list(_given_sources(settings.secret_key_file))
    if not given:
        path = settings.data_dir / "secret.key"
        if not path.exists():
            return Secrets(bytes.fromhex(_make_secret(path)))
        given = [_Source(name=str(path), path=path)]
    found = [_read_secret(source) for source in given]
    problems = [each for each in found if isinstance(each, str)]
    if len(given) > 1:
        names = " and ".join(source.name for source in given)
        problems.append(f"the installation's secret is given by {names}: keep one of them")
    if problems:
        raise BadSettings(problems)
    return Secrets(b"".join(each for each in found if isinstance(each, bytes)))


def _given_sources(secret_key_file: str) -> Iterator[_Source]:
    text = os.environ.get(SECRET_VARIABLE)
    if text is not None:
        yield _Source(name=SECRET_VARIABLE, text=text)
    if secret_key_file:
        path = Path(secret_key_file)
        yield _Source(name=f"secret_key_file ({path})", path=path)
    directory = os.environ.get(_CREDENTIALS_DIRECTORY)
    if directory and (Path(directory) / CREDENTIAL).exists():
        path = Path(directory) / CREDENTIAL
        yield _Source(name=f"the credential {CREDENTIAL} ({path})", path=path)


def _read_secret(source: _Source) -> bytes | str:
    """Return the secret, or what is wrong with this source; never what is in it."""
    try:
        text = source.text if source.path is None else _private_text(source.path)
    except OSError as error:
        return f"{source.name}: {error.strerror or error}"
    except BadSettings as error:
        return f"{source.name}: {error}"
    try:
        found = bytes.fromhex(text.strip())
    except ValueError:
        found = b""
    if len(found) != _SECRET_BYTES:
        return f"{source.name}: must hold {2 * _SECRET_BYTES} hexadecimal digits"
    return found


def _private_text(path: Path) -> str:
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode):
        raise BadSettings(["must be a file"])
    if os.name == "posix" and mode & _TOO_OPEN:
        raise BadSettings([f"others may read or change it; run: chmod 600 {path}"])
    return path.read_bytes().decode("ascii", errors="replace")


def _make_secret(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    text = os.urandom(_SECRET_BYTES).hex()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    return text
