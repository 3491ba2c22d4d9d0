"""A real SMTP server for tests: plain, with STARTTLS or with TLS, and as unhelpful as wanted."""

import contextlib
import datetime as dt
import ipaddress
import socket
import ssl
from asyncio import Transport
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "portal", "the mail server's password"


class Handler:
    """Keeps what it takes; ``refuse`` is what it answers to a recipient instead."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []
        self.refuse = ""
        self.hang_up = False
        self.secured: list[bool] = []

    async def handle_RCPT(  # noqa: N802 - the name the server calls
        self, server: SMTP, session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take a recipient or not."""
        self.secured.append(session.ssl is not None)
        if self.refuse:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - the name the server calls
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Take a message, or hang up in the middle of it."""
        if self.hang_up:
            cast("Transport", server.transport).abort()
            return "451 gone"
        self.taken.append(envelope)
        return "250 OK"


def _authenticate(
    _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: LoginPassword
) -> AuthResult:
    good = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=good, handled=False)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of this machine's, with its private key, as one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = tmp_path_factory.mktemp("smtp") / "server.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


class Server:
    """A running server: its handler and port."""

    def __init__(self, handler: Handler, port: int) -> None:
        self.handler = handler
        self.port = port


@contextlib.contextmanager
def smtp_server(certificate: Path, scheme: str) -> Iterator[Server]:
    """Run a server that speaks as the scheme of an address says."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    handler = Handler()
    options: dict[str, Any] = {}
    if scheme == "smtp":
        options = {"tls_context": context, "require_starttls": True, "auth_required": True}
    if scheme == "smtps":
        options = {"ssl_context": context, "auth_require_tls": False}
    if scheme != "smtp+plain":
        options["authenticator"] = _authenticate
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield Server(handler, port)
    finally:
        controller.stop()
