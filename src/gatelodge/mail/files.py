"""The demo's delivery: each message becomes a file that its ``/outbox`` page shows."""

import itertools
import os
import time
from collections.abc import Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import msgspec

from gatelodge.mail.delivery import NotDelivered

MOST = 100
"""How many messages are kept."""


class Delivered(msgspec.Struct, frozen=True, kw_only=True):
    """A message as people read it."""

    to: str
    subject: str
    date: str
    text: str


class Files:
    """Writes messages into a folder that only the server's own system account can read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count()

    async def deliver(self, message: EmailMessage) -> None:
        """Write a message. Raises ``NotDelivered``."""
        name = f"{time.time_ns():020}-{next(self._numbers):04}.eml"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self._folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(bytes(message))
            for old in self._paths()[MOST:]:
                old.unlink(missing_ok=True)
        except OSError as error:
            raise NotDelivered(type(error).__name__) from None

    def newest(self) -> Sequence[Delivered]:
        """Return the messages, the newest first."""
        return [_read(path) for path in self._paths()[:MOST]]

    def _paths(self) -> list[Path]:
        return sorted(self._folder.glob("*.eml"), reverse=True)


def _read(path: Path) -> Delivered:
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    body = message.get_body(("plain",))
    return Delivered(
        to=str(message["To"]),
        subject=str(message["Subject"]),
        date=str(message["Date"]),
        text="" if body is None else body.get_content(),
    )
