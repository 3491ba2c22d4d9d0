"""Delivery to a real SMTP server: secured or not at all, and every failure is one to try again."""

from email.message import EmailMessage
from pathlib import Path

import pytest

from gatelodge.mail.delivery import NotDelivered, Rejected
from gatelodge.mail.smtp import Smtp
from gatelodge.settings import Settings
from tests.mail.conftest import PASSWORD, USER, Server, smtp_server


def message() -> EmailMessage:
    """Return a message."""
    written = EmailMessage()
    written["From"] = "Gatelodge <noreply@example.com>"
    written["To"] = "jsmith@example.com"
    written["Subject"] = "Hello"
    written.set_content("Words.\n.\nMore words.\n")
    return written


def client(server: Server, scheme: str, password: str | None = PASSWORD) -> Smtp:
    """Return the product's client of a server."""
    user = f"{USER}@" if password is not None and scheme != "smtp+plain" else ""
    url = f"{scheme}://{user}localhost:{server.port}"
    return Smtp(Settings(smtp_url=url), password)


@pytest.fixture(autouse=True)
def _trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The certificate's own authority is trusted, as an operator would have it."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))


@pytest.mark.parametrize("scheme", ["smtp", "smtps", "smtp+plain"])
async def test_a_message_is_taken(certificate: Path, scheme: str) -> None:
    """It arrives whole, over TLS unless the address says plain, for its one recipient."""
    with smtp_server(certificate, scheme) as server:
        await client(server, scheme).deliver(message())
    (taken,) = server.handler.taken
    assert taken.mail_from == "noreply@example.com"
    assert taken.rcpt_tos == ["jsmith@example.com"]
    assert b"Words.\r\n.\r\nMore words." in (taken.original_content or b"")
    if scheme == "smtp":
        assert server.handler.secured == [True]


async def test_nothing_is_sent_without_starttls(certificate: Path) -> None:
    """A server that offers no TLS gets neither the message nor the password."""
    with (
        smtp_server(certificate, "smtp+plain") as server,
        pytest.raises(NotDelivered) as refused,
    ):
        await client(server, "smtp").deliver(message())
    assert server.handler.taken == []
    assert not isinstance(refused.value, Rejected)


async def test_an_unknown_certificate_is_not_trusted(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody in between with a certificate of their own gets nothing."""
    monkeypatch.delenv("SSL_CERT_FILE")
    with smtp_server(certificate, "smtp") as server, pytest.raises(NotDelivered):
        await client(server, "smtp").deliver(message())
    assert server.handler.taken == []


async def test_a_wrong_password_is_told_without_it(certificate: Path) -> None:
    """The refusal names its number, and neither user nor password."""
    with (
        smtp_server(certificate, "smtp") as server,
        pytest.raises(NotDelivered, match="535") as refused,
    ):
        await client(server, "smtp", "wrong password").deliver(message())
    assert "wrong password" not in str(refused.value) + repr(client(server, "smtp"))
    assert USER not in str(refused.value)


@pytest.mark.parametrize(
    ("answer", "kind"), [("550 no such person", Rejected), ("450 later", NotDelivered)]
)
async def test_a_refused_recipient(
    certificate: Path, answer: str, kind: type[NotDelivered]
) -> None:
    """For good where the server says so, for a while where it does not."""
    with smtp_server(certificate, "smtp+plain") as server:
        server.handler.refuse = answer
        with pytest.raises(NotDelivered) as refused:
            await client(server, "smtp+plain").deliver(message())
    assert type(refused.value) is kind


async def test_a_server_that_hangs_up(certificate: Path) -> None:
    """In the middle of a message, and when nobody listens at all."""
    with smtp_server(certificate, "smtp+plain") as server:
        server.handler.hang_up = True
        with pytest.raises(NotDelivered):
            await client(server, "smtp+plain").deliver(message())
    with pytest.raises(NotDelivered):
        await client(server, "smtp+plain").deliver(message())
