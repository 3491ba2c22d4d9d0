"""Delivery to the mail server that the settings name, over TLS (RFC 5321, RFC 3207, RFC 8314)."""

import ssl
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

import aiosmtplib
from aiosmtplib.errors import SMTPRecipientsRefused, SMTPResponseException

from gatelodge.mail.delivery import NotDelivered, Rejected
from gatelodge.settings import Settings

PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
_SECONDS = 20
_PERMANENT = 500


class Smtp:
    """Sends each message over a connection of its own; mails are few and servers close idle ones.

    ``smtp`` insists on STARTTLS: a server that does not offer it gets nothing. Certificates are
    checked against the system's authorities (or ``SSL_CERT_FILE``).
    """

    def __init__(self, settings: Settings, password: str | None) -> None:
        parts = urlsplit(settings.smtp_url)
        self._host = parts.hostname or ""
        self._port = parts.port or PORTS[parts.scheme]
        self._scheme = parts.scheme
        self._user = unquote(parts.username) if parts.username else None
        self._password = password

    def __repr__(self) -> str:
        """Show nothing of the password."""
        return f"Smtp({self._host}:{self._port})"

    async def deliver(self, message: EmailMessage) -> None:
        """Hand a message over. Raises ``NotDelivered``, and ``Rejected`` where trying is no use."""
        client = aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            use_tls=self._scheme == "smtps",
            start_tls=self._scheme == "smtp",
            tls_context=None if self._scheme == "smtp+plain" else ssl.create_default_context(),
            username=self._user,
            password=self._password,
            timeout=_SECONDS,
        )
        try:
            async with client:
                await client.send_message(message)
        except SMTPRecipientsRefused as error:
            codes = [refused.code for refused in error.recipients]
            if all(code >= _PERMANENT for code in codes):
                raise Rejected(f"recipient refused with {codes[0]}") from None
            raise NotDelivered(f"recipient put off with {codes[0]}") from None
        except SMTPResponseException as error:
            # The server's words may repeat what was sent; its number is enough.
            raise NotDelivered(f"{type(error).__name__} {error.code}") from None
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise NotDelivered(type(error).__name__) from None
