"""How connections to an upstream are kept, shared and limited; and TLS."""

import asyncio
import datetime as dt
import ipaddress
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from gatelodge.gateway.forward import Forwarder, ForwardLimits
from tests.gateway.proxying import Handler, Proxy, proxying, raw_upstream, serving
from tests.raw_http import connected, json_of, read_answer, status_of, talk

GET = b"GET / HTTP/1.1\r\nHost: gate.example\r\nConnection: close\r\n\r\n"
EMPTY = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Gate:
    """An upstream that answers when told to, and counts its connections."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.working = asyncio.Semaphore(0)
        self.connections = 0
        self.closed = asyncio.Semaphore(0)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        self.connections += 1
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                self.working.release()
                await self.open.wait()
                writer.write(EMPTY)
        finally:
            self.closed.release()


async def test_calls_one_after_the_other_share_a_connection() -> None:
    """The connection of an answered call carries the next one."""
    gate = Gate()
    gate.open.set()
    async with raw_upstream(gate) as upstream, proxying(upstream) as (base_url, _):
        for _again in range(5):
            assert status_of(await talk(base_url, GET)) == 200
    assert gate.connections == 1


async def test_an_idle_connection_is_closed_after_a_while() -> None:
    """Connections are kept shorter than most servers keep them."""
    gate = Gate()
    gate.open.set()
    limits = ForwardLimits(idle_seconds=0.1, tick_seconds=0.02)
    async with raw_upstream(gate) as upstream, proxying(upstream, limits) as (base_url, _):
        await talk(base_url, GET)
        await asyncio.wait_for(gate.closed.acquire(), 5)


async def test_few_idle_connections_are_kept() -> None:
    """After a burst only so many connections stay open."""
    gate = Gate()
    limits = ForwardLimits(idle_connections=1)
    async with raw_upstream(gate) as upstream, proxying(upstream, limits) as (base_url, _):
        calls = [asyncio.create_task(talk(base_url, GET)) for _again in range(3)]
        for _each in calls:
            await gate.working.acquire()
        gate.open.set()
        assert [status_of(answer) for answer in await asyncio.gather(*calls)] == [200, 200, 200]
        await asyncio.wait_for(gate.closed.acquire(), 5)
        await asyncio.wait_for(gate.closed.acquire(), 5)
        await talk(base_url, GET)
    assert gate.connections == 3


async def test_calls_beyond_the_limit_wait_for_a_connection() -> None:
    """A second call waits while the only connection is in use, then gets it."""
    gate = Gate()
    limits = ForwardLimits(connections=1)
    async with raw_upstream(gate) as upstream, proxying(upstream, limits) as (base_url, _):
        calls = [asyncio.create_task(talk(base_url, GET)) for _again in range(4)]
        await gate.working.acquire()
        gate.open.set()
        assert {status_of(answer) for answer in await asyncio.gather(*calls)} == {200}
    assert gate.connections == 1


async def test_a_call_that_waits_too_long_is_503() -> None:
    """Waiting for a connection has its own limit."""
    gate = Gate()
    limits = ForwardLimits(connections=1, queue_seconds=0.1)
    async with raw_upstream(gate) as upstream, proxying(upstream, limits) as (base_url, _):
        first = asyncio.create_task(talk(base_url, GET))
        await gate.working.acquire()
        assert json_of(await talk(base_url, GET))["code"] == 101503
        gate.open.set()
        assert status_of(await first) == 200
        assert status_of(await talk(base_url, GET)) == 200


async def test_too_many_waiting_calls_are_refused_at_once() -> None:
    """The line of waiting calls is bounded too."""
    gate = Gate()
    limits = ForwardLimits(connections=1, waiting=0, queue_seconds=60)
    async with raw_upstream(gate) as upstream, proxying(upstream, limits) as (base_url, _):
        first = asyncio.create_task(talk(base_url, GET))
        await gate.working.acquire()
        assert status_of(await talk(base_url, GET)) == 503
        gate.open.set()
        await first


async def test_closing_ends_the_exchanges_in_flight() -> None:
    """After ``close`` nothing is left open; a call in flight gets 502."""
    gate = Gate()
    async with raw_upstream(gate) as upstream, proxying(upstream) as (base_url, proxy):
        call = asyncio.create_task(talk(base_url, GET))
        await gate.working.acquire()
        await proxy.forwarder.close()
        assert status_of(await call) == 502
        gate.open.set()
        await asyncio.wait_for(gate.closed.acquire(), 5)


def certificate(path: Path, name: x509.GeneralName) -> tuple[Path, Path]:
    """Write a self-signed certificate for ``name`` and its private key."""
    private_key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "upstream")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([name]), critical=False)
        .sign(private_key, hashes.SHA256())
    )
    certificate_file, key_file = path / "certificate.pem", path / "key.pem"
    certificate_file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        private_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate_file, key_file


class Secure:
    """TLS files of an upstream and contexts for both ends."""

    def __init__(self, path: Path, name: x509.GeneralName) -> None:
        files = certificate(path, name)
        self.server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.server.load_cert_chain(*files)
        self.client = ssl.create_default_context(cafile=str(files[0]))


@pytest.fixture
def secure(tmp_path: Path) -> Secure:
    """A certificate for 127.0.0.1."""
    return Secure(tmp_path, x509.IPAddress(ipaddress.ip_address("127.0.0.1")))


async def call_over_tls(
    handler: Handler, server: ssl.SSLContext, client: ssl.SSLContext | None
) -> bytes:
    """Return the answer a caller gets through an upstream with TLS."""
    async with raw_upstream(handler, server) as upstream:
        proxy = Proxy(Forwarder({}, tls=client), upstream)
        async with serving(proxy) as base_url, connected(base_url) as (reader, writer):
            status = 0
            for _again in range(2):
                writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                status, body = await read_answer(reader)
        await proxy.forwarder.close()
    return b"%d %b" % (status, body)


async def test_a_trusted_upstream_is_called_over_tls(secure: Secure) -> None:
    """A certificate signed by a known authority for this name is accepted, once per connection."""
    gate = Gate()
    gate.open.set()
    assert await call_over_tls(gate, secure.server, secure.client) == b"200 "
    assert gate.connections == 1


async def test_an_unknown_certificate_is_refused(secure: Secure) -> None:
    """Without trust there is no call: 503 and nothing reaches the upstream."""
    gate = Gate()
    answer = await call_over_tls(gate, secure.server, None)
    assert answer.startswith(b"503 ")
    assert gate.connections == 0


async def test_a_certificate_for_another_name_is_refused(tmp_path: Path) -> None:
    """A trusted certificate of somebody else is no better."""
    other = Secure(tmp_path, x509.DNSName("other.example"))
    assert (await call_over_tls(Gate(), other.server, other.client)).startswith(b"503 ")
