"""Secrets in plain text among what servers have written."""

import base64
import re
from collections.abc import Iterable, Mapping

from gatelodge.oauth import opaque
from tests.serving import Server

_OPAQUE = re.compile(rb"(gl[a-z]{2,3})_[A-Za-z0-9_-]{59}")
_JWS = re.compile(rb"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{40,}")
_FIRST_LINK = re.compile(rb"^http\S+/invite/\S+$", re.MULTILINE)


def written(server: Server) -> dict[str, bytes]:
    """Return every file of a server's data directory (WAL included) and what it printed.

    The link that makes the first administrator is printed for the operator, and mail that the demo
    keeps in files is mail: neither counts.
    """
    files = [path for path in server.data_dir.rglob("*") if path.is_file()]
    found = {str(path): path.read_bytes() for path in files if "outbox" not in path.parts}
    if server.output.exists():
        found[str(server.output)] = _FIRST_LINK.sub(b"", server.output.read_bytes())
    return found


def recognised(content: bytes) -> set[str]:
    """Return what looks like one of our opaque credentials, checksum included, or a signed JWT."""
    whole = {match[0].decode() for match in _JWS.finditer(content)}
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
