"""The bundled list of passwords that guessers try first, read only while one is being chosen.

``scripts/common_passwords.py`` makes the file: one folded word a line, compressed. Nothing of it
stays in memory; a look takes a few milliseconds, which choosing a password is worth.
"""

import zlib
from pathlib import Path

LIST = Path(__file__).with_name("common_passwords.txt.z")


def is_common(word: str) -> bool:
    """Say whether a folded word is in the list."""
    return bool(word) and f"\n{word}\n".encode() in _read()


def _read() -> bytes:
    return zlib.decompress(LIST.read_bytes())
