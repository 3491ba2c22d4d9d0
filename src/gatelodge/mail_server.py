"""What an operator says of the mail server, checked; and where its password is."""

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

PASSWORD_VARIABLE = "GATELODGE_SMTP_PASSWORD"  # noqa: S105 - the name of a variable

_ADDRESS = r"[^\s<>@,]+@[A-Za-z0-9.-]+"
_SENDER = re.compile(rf"{_ADDRESS}|[^<>@,\x00-\x1f\x7f]+ <{_ADDRESS}>")


def url_problem(value: str) -> str | None:
    """Say what is wrong with a server's address, ``None`` when nothing is."""
    parts = urlsplit(value)
    if not value:
        return None
    good = parts.scheme in {"smtp", "smtps", "smtp+plain"} and parts.hostname
    if not good or parts.query or parts.fragment or parts.path:
        return "must be smtp://, smtps:// or smtp+plain:// with [USER@]HOST[:PORT] and no more"
    try:
        _ = parts.port
    except ValueError:
        return "the port must be a number up to 65535"
    if parts.password is not None:
        return f"must hold no password: put it into {PASSWORD_VARIABLE} or smtp_password_file"
    if parts.scheme == "smtp+plain" and parts.username is not None:
        return "must name no user: a password is not sent without TLS"
    return None


def sender_problem(value: str) -> str | None:
    """Say what is wrong with a sender, ``None`` when nothing is."""
    if not value or _SENDER.fullmatch(value):
        return None
    return "must be an address like noreply@example.com or Example <noreply@example.com>"


def password(file: str) -> str | None:
    """Return the mail server's password: the environment's, else the file's, else none.

    It is no field of the settings, which are shown in messages. Raises ``OSError`` and
    ``UnicodeDecodeError`` for a file that cannot be read.
    """
    if PASSWORD_VARIABLE in os.environ:
        return os.environ[PASSWORD_VARIABLE]
    return Path(file).read_text(encoding="utf-8").strip() if file else None
