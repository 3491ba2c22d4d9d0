"""Forks servers that lose their power the moment they store a first refresh token."""

import os
import signal

from gatelodge.storage import refresh_tokens
from tests.security import zygote


def lose_power(*_: object) -> None:
    """Die as in a power cut, within the transaction."""
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    refresh_tokens.save = lose_power  # type: ignore[assignment]  # it never returns
    zygote.obey()
