"""What every way of delivering a message offers, and how it fails."""

from email.message import EmailMessage
from typing import Protocol


class NotDelivered(Exception):
    """The message was not taken; ``str()`` says why without a word of its content."""


class Rejected(NotDelivered):
    """The message will never be taken: there is no such recipient."""


class Delivery(Protocol):
    """Takes messages on."""

    async def deliver(self, message: EmailMessage) -> None:
        """Hand a message over. Raises ``NotDelivered``."""
        ...
