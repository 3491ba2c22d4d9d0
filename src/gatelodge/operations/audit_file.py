"""The activity log as a file: a line of JSON for each sealed line, written and read back."""

from collections.abc import Iterable, Iterator

import msgspec

from gatelodge.operations.audit_chain import Broken
from gatelodge.storage.audit import Sealed

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Sealed).decode


def written(line: Sealed) -> str:
    """Return a sealed line as one line of text, without its end."""
    return _encode(line).decode()


def read(texts: Iterable[bytes]) -> Iterator[Sealed]:
    """Yield what lines of a file say; spaces and the order of names do not matter.

    Raises ``Broken`` for what ``written`` does not write: whatever stands there beside a line's own
    fields would be believed with it and is under no seal.
    """
    for number, text in enumerate(texts, start=1):
        try:
            line = _decode(text)
            own = msgspec.to_builtins(line) == msgspec.json.decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Broken(number, "it is no line of an export") from error
        if not own:
            raise Broken(number, "something was added to it")
        yield line
