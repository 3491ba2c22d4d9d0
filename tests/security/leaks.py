"""Secrets in plain text among what servers have written."""

import base64
import contextlib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

from gatelodge.oauth import opaque

_OPAQUE = re.compile(rb"(gl[a-z]{2,3})_[A-Za-z0-9_-]{59}")
_JWS = re.compile(rb"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{40,}")
_PRIVATE = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{40}")
_SEED = re.compile(rb"otpauth://[a-z]+/[^\s\"]{0,200}secret=[A-Z2-7]{16,}")
# Without its first letter it begins with letters of one case, which is ten times as fast.
_BASIC = re.compile(rb"asic [A-Za-z0-9+/]{24,}")
_BEARER = re.compile(rb"earer [A-Za-z0-9._~+/-]{24,}")
_FIRST_LINK = re.compile(rb"^http\S+/invite/\S+$", re.MULTILINE)

KNOWN = ("demo-user-password", "demo-developer-password", "DemoApplicationConsumerSecret0a")
"""What nobody recognises by its looks and nearly every test types; the demo prints it, so that only
files count."""

_KINDS = {
    "glac": "authorization code",
    "gldc": "device code",
    "glrt": "refresh token",
    "glat": "access token",
    "glds": "developer session",
    "glus": "user session",
    "glin": "invitation",
    "glup": "upstream state",
    "glpr": "password reset",
    "glpt": "personal access token",
    "glcs": "consumer secret",
    "eyJ": "signed JWT",
    "-----": "private key",
    "otpauth": "one-time password seed",
    "asic ": "Basic header",
    "earer ": "Bearer header",
}


class Writer(Protocol):
    """What writes: a server with a data directory and a file with what it printed."""

    @property
    def data_dir(self) -> Path:
        """Everything it stores."""

    @property
    def output(self) -> Path:
        """What it has printed."""


def stored(data_dir: Path, pattern: str = "*") -> dict[str, bytes]:
    """Return the files of a data directory, the SQLite database and its WAL among them.

    Mail that the demo keeps in files is mail and does not count. A file that somebody removes
    meanwhile (SQLite its WAL, when the last server closes it) is none any more.
    """
    found = {}
    for path in data_dir.rglob(pattern):
        if path.is_file() and "outbox" not in path.relative_to(data_dir).parts:
            with contextlib.suppress(FileNotFoundError):
                found[str(path)] = path.read_bytes()
    return found


def written(server: Writer) -> dict[str, bytes]:
    """Return every file of a server's data directory (WAL included) and what it printed.

    The link that makes the first administrator is printed for the operator: it does not count.
    """
    found = stored(server.data_dir)
    if server.output.exists():
        found[str(server.output)] = _FIRST_LINK.sub(b"", server.output.read_bytes())
    return found


def journals(server: Writer) -> dict[str, bytes]:
    """Return SQLite's WAL while the server runs: it goes when the server ends.

    Reading and closing it takes no lock away from a connection that a test has in this process;
    with the database itself it would, which is why that is read after the end.
    """
    return {f"{name} (running)": each for name, each in stored(server.data_dir, "*-wal").items()}


def check(server: Writer, before: Mapping[str, bytes]) -> None:
    """Fail with file and kind when a server that has ended, or ``before``, holds a secret."""
    everything = {**written(server), **before}
    printed = str(server.output)
    files = {name: content for name, content in everything.items() if name != printed}
    found = leaks(everything) + leaks(files, KNOWN)
    assert not found, "\n".join(sorted({f"{name}: {kind(text)}" for name, text in found}))


def kind(secret: str) -> str:
    """Return what a secret is, and enough of it to find its like."""
    return f"{called(secret)} {secret[:12]}..."


def called(secret: str) -> str:
    """Return what kind of secret it is."""
    return next((_KINDS[each] for each in _KINDS if secret.startswith(each)), "secret")


def recognised(content: bytes) -> set[str]:
    """Return what looks like a secret.

    That is one of our opaque credentials, checksum included, a signed JWT, a private key, the seed
    of one-time passwords or a header with credentials.
    """
    looks = (_JWS, _PRIVATE, _SEED, _BASIC, _BEARER)
    whole = {match[0].decode() for each in looks for match in each.finditer(content)}
    for match in _OPAQUE.finditer(content):
        if opaque.read(match[1].decode(), match[0].decode()) is not None:
            whole.add(match[0].decode())
    return whole


def spellings(secret: str) -> set[bytes]:
    """Return how a secret could stand somewhere."""
    raw = secret.encode()
    found = {raw, base64.b64encode(raw), raw.hex().encode()}
    prefix, _, text = secret.partition("_")
    if prefix.startswith("gl") and text:
        # The random part alone, as bytes.
        found.add(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))[8:-4])
    return found


def leaks(contents: Mapping[str, bytes], secrets: Iterable[str] = ()) -> list[tuple[str, str]]:
    """Return where something recognisable, or one of these secrets in any spelling, stands."""
    found = [(name, text) for name, content in contents.items() for text in recognised(content)]
    for secret in secrets:
        spelled = spellings(secret)
        for name, content in contents.items():
            if any(each in content for each in spelled):
                found.append((name, secret))
    return found
