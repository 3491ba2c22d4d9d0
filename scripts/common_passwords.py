"""Writes the bundled list of common passwords: `python -m scripts.common_passwords`.

The source is the list of 30,000 passwords, ordered by how often leaks held them, of the package
zxcvbn (MIT licence, a development dependency; its notice is written beside the list). Kept is what
can be looked up: see `gatelodge.identity.passwords.stems`.
"""

import importlib
import importlib.metadata
import zlib
from collections.abc import Iterable

from gatelodge.identity import passwords
from gatelodge.operations.common_passwords import LIST

PACKAGE = "zxcvbn"
NOTICE = LIST.with_name("common_passwords.license.txt")
SHORTEST_STEM = 4


def source() -> Iterable[str]:
    """Return the package's list."""
    lists = importlib.import_module(f"{PACKAGE}.frequency_lists").FREQUENCY_LISTS
    found: Iterable[str] = lists["passwords"]
    return found


def packed(found: Iterable[str]) -> bytes:
    """Return the file: folded, sorted, between line breaks, compressed."""
    kept = set()
    for word in found:
        folded = passwords.prepared(word).casefold()
        stem = passwords.stem(folded)
        if len(stem) >= SHORTEST_STEM:
            kept.add(stem)
        if len(folded) >= passwords.SHORTEST:
            kept.add(folded)
    return zlib.compress("\n".join(["", *sorted(kept), ""]).encode(), 9)


def notice() -> str:
    """Return where the list comes from, and its licence."""
    version = importlib.metadata.version(PACKAGE)
    files = importlib.metadata.files(PACKAGE) or []
    (licence,) = [file for file in files if file.name.upper().startswith("LICENSE")]
    head = f"common_passwords.txt.z is made of the list in {PACKAGE} {version}, whose licence is:"
    return f"{head}\n\n{licence.read_text(encoding='utf-8')}"


if __name__ == "__main__":
    LIST.write_bytes(packed(source()))
    NOTICE.write_text(notice(), encoding="utf-8")
    print(f"{LIST.name}: {LIST.stat().st_size} bytes")
