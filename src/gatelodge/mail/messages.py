"""Messages out of templates, as plain text and HTML.

Header values go through the standard library's message policy, which refuses line breaks, so that
no name or address can add a header or a recipient (RFC 5322 section 2.2).
"""

import time
from email import policy
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, localtime, make_msgid, parseaddr
from pathlib import Path

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from gatelodge.identity.letters import LetterKind
from gatelodge.settings import Settings

TEMPLATES = Path(__file__).with_name("templates")

_SUBJECTS: dict[LetterKind, str] = {
    "reset": "Choose a new password for {product}",
    "invite": "You are invited to {product}",
    "password-changed": "Your password for {product} was changed",
}
_POLICY = policy.SMTP


class Unsendable(Exception):
    """The message cannot be written: its recipient's address is none that mail knows."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a message is about. ``at`` and ``until`` are seconds since the epoch."""

    kind: LetterKind
    email: str
    name: str
    login: str
    link: str
    at: int
    until: int = 0

    def __repr__(self) -> str:
        """Show nothing of the link."""
        return f"Facts({self.kind})"


class Writer:
    """Writes messages in the installation's name."""

    def __init__(self, settings: Settings) -> None:
        self._product = " ".join(settings.product_name.split())
        self._origin = settings.issuer
        _, address = parseaddr(settings.mail_from)
        self._sender = settings.mail_from or f"{self._product} <gatelodge@localhost>"
        self._domain = address.rpartition("@")[2] or "localhost"
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=select_autoescape(("html",)),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def write(self, facts: Facts) -> EmailMessage:
        """Return a message. Raises ``Unsendable``."""
        message = EmailMessage(policy=_POLICY)
        try:
            message["To"] = Address(addr_spec=facts.email)
        except (MessageError, ValueError, IndexError) as error:
            raise Unsendable from error
        message["From"] = self._sender
        message["Subject"] = _SUBJECTS[facts.kind].format(product=self._product)
        message["Date"] = format_datetime(localtime())
        message["Message-ID"] = make_msgid(domain=self._domain)
        # Neither out-of-office answers nor lists are to react to it (RFC 3834 section 5).
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(self._render(facts, "txt"))
        message.add_alternative(self._render(facts, "html"), subtype="html")
        return message

    def _render(self, facts: Facts, form: str) -> str:
        template = self._environment.get_template(f"{facts.kind}.{form}")
        return template.render(
            facts=facts, product=self._product, origin=self._origin, day=_day, minute=_minute
        )


def _day(moment: int) -> str:
    return time.strftime("%d %B %Y", time.gmtime(moment))


def _minute(moment: int) -> str:
    return time.strftime("%d %B %Y, %H:%M UTC", time.gmtime(moment))
