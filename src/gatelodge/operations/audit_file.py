"""The activity log as a file: a line of JSON for each sealed line, written and read back.

Before the first stands the anchor of a log whose older lines were dropped.
"""

import itertools
from collections.abc import Iterable, Iterator

import msgspec

from gatelodge.operations.audit_chain import Broken
from gatelodge.storage.audit import Sealed
from gatelodge.storage.audit_parts import Anchor

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Sealed).decode
_decode_anchor = msgspec.json.Decoder(Anchor).decode


def written(line: Sealed | Anchor) -> str:
    """Return a sealed line or the anchor as one line of text, without its end."""
    return _encode(line).decode()


def opened(texts: Iterator[bytes]) -> tuple[Anchor | None, Iterator[Sealed]]:
    """Return the anchor, if a file has one, and what its lines say (``read``)."""
    first = next(texts, b"")
    try:
        return _decode_anchor(first), read(texts, 2)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None, read(itertools.chain([first] if first else [], texts))


def read(texts: Iterable[bytes], start: int = 1) -> Iterator[Sealed]:
    """Yield what lines of a file say; spaces and the order of names do not matter.

    Raises ``Broken`` for what ``written`` does not write: whatever stands there beside a line's own
    fields would be believed with it and is under no seal.
    """
    for number, text in enumerate(texts, start):
        try:
            line = _decode(text)
            own = msgspec.to_builtins(line) == msgspec.json.decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Broken(number, "it is no line of an export") from error
        if not own:
            raise Broken(number, "something was added to it")
        yield line
