"""Where log lines go, whatever becomes of whoever reads them."""

import contextlib
import io
import sys
from typing import TextIO, cast


def standard_error() -> TextIO:
    """Return standard error as it is at each moment, which never fails whoever writes."""
    return cast("TextIO", _StandardError())


class _StandardError(io.TextIOBase):
    """A line that cannot be written is lost, and nothing else is.

    The request that it is about goes on, though the disk is full or whoever read the lines is gone.
    """

    def write(self, text: str, /) -> int:
        """Write, if possible."""
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        """Send off what was written, if possible."""
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.flush()
