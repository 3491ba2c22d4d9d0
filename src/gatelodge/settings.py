"""The operator's settings: frozen values from one TOML file and ``GATELODGE_*``, read once.

All problems of a configuration are reported together, each with its setting's name.
"""

import os
import re
import tomllib
from hashlib import blake2b
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

PREFIX = "GATELODGE_"
"""What the environment variable of a setting starts with."""

_TENANT = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,62}[a-z0-9])?")


class BadSettings(Exception):
    """The configuration cannot be used; ``problems`` names every setting that is wrong and why."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class Settings(BaseModel):
    """Everything an operator may choose. Lifetimes are in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8080, ge=1, le=65535, description="Port to listen on.")
    base_url: str = Field(
        default="",
        description="Address people and clients use, without a trailing slash; it is the issuer of "
        "tokens. Default: http://localhost:PORT.",
    )
    tenant: str = Field(
        default="default",
        description="Name in users' logins (login@tenant) and in paths (/t/TENANT/...).",
    )
    product_name: str = Field(
        default="Gatelodge", min_length=1, max_length=60, description="Name shown on every page."
    )
    data_dir: Path = Field(
        default=Path("gatelodge-data"),
        description="Directory of the database and of the installation's secret.",
    )
    database_url: str = Field(
        default="",
        description="sqlite:///PATH or postgresql://USER@HOST/NAME. "
        "Default: gatelodge.db in the data directory.",
    )
    fault_format: Literal["4.x", "3.x"] = Field(
        default="4.x",
        description='Shape of gateway faults: "4.x" {"code": "900901", ...} or "3.x" '
        '{"fault": {"code": 900901, ...}}.',
    )
    log_format: Literal["console", "json"] = Field(
        default="console", description="How log lines are written to standard error."
    )

    @field_validator("base_url")
    @classmethod
    def _check_base_url(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (
            parts.scheme not in {"http", "https"}
            or not parts.netloc
            or parts.query
            or parts.fragment
            or parts.path
        ):
            message = "must be http(s)://HOST[:PORT] without path, query or trailing slash"
            raise ValueError(message)
        return value

    @field_validator("tenant")
    @classmethod
    def _check_tenant(cls, value: str) -> str:
        if not _TENANT.fullmatch(value):
            message = "must be lower-case letters, digits, dots and hyphens, like example.com"
            raise ValueError(message)
        return value

    @field_validator("database_url")
    @classmethod
    def _check_database_url(cls, value: str) -> str:
        if value and not value.startswith(("sqlite:///", "postgresql://", "postgres://")):
            message = "must start with sqlite:/// or postgresql://"
            raise ValueError(message)
        return value

    @property
    def issuer(self) -> str:
        """The issuer identifier and base of every link, without a trailing slash."""
        return self.base_url or f"http://localhost:{self.port}"

    @property
    def secure(self) -> bool:
        """Whether people come over TLS, so that cookies may insist on it."""
        return self.issuer.startswith("https:")

    @property
    def database(self) -> str:
        """The database's address, the default filled in."""
        return self.database_url or f"sqlite:///{self.data_dir / 'gatelodge.db'}"


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
    try:
        return Settings.model_validate(from_file | _environment() | given)
    except ValidationError as error:
        raise BadSettings([_sentence(problem) for problem in error.errors()]) from error


def _environment() -> dict[str, object]:
    names = {name: PREFIX + name.upper() for name in Settings.model_fields}
    return {name: os.environ[key] for name, key in names.items() if key in os.environ}


def _sentence(problem: object) -> str:
    details = dict(problem)  # type: ignore[call-overload]  # pydantic's typed dictionary
    name = ".".join(str(part) for part in details["loc"])
    if details["type"] == "extra_forbidden":
        return f"{name}: there is no such setting"
    text = str(details["msg"]).removeprefix("Value error, ")
    return f"{name}: {text[0].lower()}{text[1:]} (got {details['input']!r})"


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


def load_secrets(data_dir: Path) -> Secrets:
    """Return the secret from the environment or ``secret.key``, made on first use (mode 0600).

    Raises ``BadSettings`` when what is there is not 64 hexadecimal digits.
    """
    text = os.environ.get(SECRET_VARIABLE)
    source = SECRET_VARIABLE
    if text is None:
        path = data_dir / "secret.key"
        source = str(path)
        text = path.read_text(encoding="ascii") if path.exists() else _make_secret(path)
    try:
        return Secrets(bytes.fromhex(text.strip()))
    except ValueError as error:
        raise BadSettings([f"{source}: must hold 64 hexadecimal digits"]) from error


def _make_secret(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    text = os.urandom(_SECRET_BYTES).hex()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    return text
