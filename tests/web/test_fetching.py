"""Requests to places others have named: where they go, what they send, what they refuse."""

import asyncio
import gzip
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
from httpcore2 import AnyIOBackend, AsyncNetworkBackend, AsyncNetworkStream

from gatelodge.web.fetching import Answer, Fetcher, Limits, place
from gatelodge.web.reaching import FetchFailed, Reach, Resolver
from tests.web.strange_server import certificate, serving

NAME = "client.example"


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """Return the bytes of an answer with its length and ``headers``."""
    lines = (f"HTTP/1.1 {status}", *headers, f"content-length: {len(body)}", "", "")
    return "\r\n".join(lines).encode() + body


GOOD = answer(b'{"keys": []}', "Content-Type: application/json; charset=utf-8")


class Names:
    """A name server that gives one answer after the other and counts the questions."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Answer one question; the last answer stands."""
        self.asked.append(f"{host}:{port}")
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


class Wire(AsyncNetworkBackend):
    """A network on which every address is this machine; it remembers where it was to go."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.reached: list[str] = []

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> AsyncNetworkStream:
        """Connect to the test's server."""
        self.reached.append(f"{host}:{port}")
        return await AnyIOBackend().connect_tcp("127.0.0.1", self._port, timeout)


async def fetched(content: Any, limits: Limits | None = None) -> Any:
    """Return the JSON of a plain server on this machine that answers with ``content``."""
    async with serving(content) as server:
        fetcher = Fetcher(limits)
        try:
            return await fetcher.get_json(f"http://127.0.0.1:{server.port}/jwks?a=1", "loopback")
        finally:
            fetcher.close()


async def test_what_is_asked_and_answered() -> None:
    """A GET asks for uncompressed JSON under the address's name, says who asks, and closes."""
    async with serving(GOOD) as server:
        address = f"http://127.0.0.1:{server.port}/jwks?a=1"
        assert await Fetcher().get_json(address, "loopback") == {"keys": []}
    [sent] = server.requests
    assert sent == (
        "GET /jwks?a=1 HTTP/1.1\r\n"
        f"host: 127.0.0.1:{server.port}\r\n"
        "user-agent: gatelodge\r\naccept: application/json\r\naccept-encoding: identity\r\n"
        "connection: close\r\n\r\n"
    )


async def test_posting_a_form_and_json() -> None:
    """A POST carries its body and headers, and returns an answer whatever its status."""
    refused = answer(b'{"error": 1}', "content-type: application/problem+json", status="400 Bad")
    async with serving(refused) as server:
        address, headers = f"http://localhost:{server.port}", (("authorization", "Basic abc"),)
        form = await Fetcher().post_form(address, {"a b": "c&d"}, "loopback", headers)
        await Fetcher().post_json(address, {"a": 1}, "loopback")
    assert (form.status, form.document()) == (400, {"error": 1})
    assert server.requests[0].endswith(
        "content-length: 9\r\ncontent-type: application/x-www-form-urlencoded\r\n"
        "authorization: Basic abc\r\n\r\na+b=c%26d"
    )
    assert server.requests[1].endswith('content-type: application/json\r\n\r\n{"a":1}')


async def test_tls_names_the_host_and_connects_to_the_checked_address(tmp_path: Path) -> None:
    """The connection goes to the address that was checked, the certificate to the host's name."""
    server_tls, client_tls = certificate(tmp_path, NAME)
    async with serving(GOOD, server_tls) as server:
        wire, names = Wire(server.port), Names(["8.8.8.8"])
        fetcher = Fetcher(resolve=names, network=wire, tls=client_tls)
        assert await fetcher.get_json(f"https://{NAME}/jwks", "public") == {"keys": []}
    assert wire.reached == ["8.8.8.8:443"]
    assert server.names == [NAME]
    assert f"host: {NAME}\r\n" in server.requests[0]


async def test_another_hosts_certificate_is_refused(tmp_path: Path) -> None:
    """A server that cannot prove the name in the address is not asked anything."""
    server_tls, client_tls = certificate(tmp_path, "other.example")
    async with serving(GOOD, server_tls) as server:
        fetcher = Fetcher(resolve=Names(["8.8.8.8"]), network=Wire(server.port), tls=client_tls)
        with pytest.raises(FetchFailed, match="failed"):
            await fetcher.get_json(f"https://{NAME}/", "public")
    assert server.requests == []


async def test_rebinding(tmp_path: Path) -> None:
    """The name is looked up once: a name server that changes its mind is not asked again."""
    server_tls, client_tls = certificate(tmp_path, NAME)
    async with serving(GOOD, server_tls) as server:
        wire, names = Wire(server.port), Names(["8.8.8.8"], ["169.254.169.254"])
        fetcher = Fetcher(resolve=names, network=wire, tls=client_tls)
        await fetcher.get_json(f"https://{NAME}/", "public")
        assert wire.reached == ["8.8.8.8:443"]
        assert names.asked == [f"{NAME}:443"]
        with pytest.raises(FetchFailed, match="may not be reached"):
            await fetcher.get_json(f"https://{NAME}/", "public")
    assert len(wire.reached) == 1


@pytest.mark.parametrize(
    ("reach", "url", "addresses"),
    [
        ("public", "https://a.example/", ["10.0.0.1"]),
        ("public", "https://a.example/", ["8.8.8.8", "10.0.0.1"]),
        ("public", "https://a.example/", ["8.8.8.8", "::1"]),
        ("public", "https://a.example/", ["127.0.0.1"]),
        ("public", "http://a.example/", ["8.8.8.8"]),
        ("public", "http://localhost/", ["127.0.0.1"]),
        ("loopback", "https://a.example/", ["192.168.0.1"]),
        ("loopback", "http://a.example/", ["8.8.8.8"]),
        ("loopback", "http://a.example/", ["127.0.0.1", "8.8.8.8"]),
        ("operator", "https://a.example/", ["169.254.169.254"]),
        ("operator", "https://a.example/", ["224.0.0.1"]),
        ("operator", "http://a.example/", ["10.0.0.1"]),
    ],
)
async def test_places_that_may_not_be_reached(
    reach: Reach, url: str, addresses: Sequence[str]
) -> None:
    """No connection is made when one of the addresses, or plain http to it, is not allowed."""
    wire = Wire(1)
    with pytest.raises(FetchFailed, match="may not be reached"):
        await Fetcher(resolve=Names(addresses), network=wire).get_json(url, reach)
    assert wire.reached == []


async def test_the_operator_may_name_a_private_address(tmp_path: Path) -> None:
    """What the operator wrote down may be inside the operator's network."""
    server_tls, client_tls = certificate(tmp_path, NAME)
    async with serving(GOOD, server_tls) as server:
        wire = Wire(server.port)
        fetcher = Fetcher(resolve=Names(["10.0.0.1"]), network=wire, tls=client_tls)
        assert await fetcher.get_json(f"https://{NAME}:8443/", "operator") == {"keys": []}
    assert wire.reached == ["10.0.0.1:8443"]


async def test_other_spellings_of_this_machine() -> None:
    """What the system's resolver makes of a strange spelling is checked like any address."""
    for host in ("127.1", "0x7f.1", "2130706433", "[::1]", "[::ffff:127.0.0.1]", "localhost"):
        with pytest.raises(FetchFailed, match=r"may not be reached|not be resolved"):
            await Fetcher().get_json(f"https://{host}/", "public")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/path",
        "ftp://a.example/",
        "file:///etc/passwd",
        "https://",
        "https://user@a.example/",
        "https://a.example:0/",
        "https://a.example:99999/",
        "https://a.example\\@b.example/",
        "https://a.example/#fragment",
        "https://a.example/\r\nx: y",
        "https://a.example/a b",
        "https://ä.example/",
        "https://[::1/",
        "https://a.example/" + "a" * 2_000,
    ],
)
def test_addresses_that_are_no_plain_urls(url: str) -> None:
    """What two parsers could read in two ways is refused before anything is looked up."""
    with pytest.raises(FetchFailed, match="not a plain URL"):
        place(url)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See", "307 T", "308 P", "300 M"])
async def test_redirects_are_not_followed(status: str) -> None:
    """A redirect, to a metadata address or anywhere, is an error."""
    where = "Location: http://169.254.169.254/latest/meta-data/"
    with pytest.raises(FetchFailed, match="redirect"):
        await fetched(answer(b"{}", where, "Content-Type: application/json", status=status))


async def test_sizes() -> None:
    """An answer over the limit is left, whether it says its length or not, and never kept."""
    limits = Limits(size=100)
    assert await fetched(answer(b" " * 98 + b"{}", "Content-Type: application/json"), limits) == {}
    with pytest.raises(FetchFailed, match="larger"):
        await fetched(answer(b" " * 99 + b"{}", "Content-Type: application/json"), limits)

    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"64\r\n" + b" " * 100 + b"\r\n")
            await writer.drain()

    with pytest.raises(FetchFailed, match="larger"):
        await fetched(endless, limits)


async def test_endless_headers() -> None:
    """A head without an end is left before it fills the memory."""

    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"x: " + b"y" * 10_000 + b"\r\n")
            await writer.drain()

    with pytest.raises(FetchFailed, match="failed"):
        await fetched(endless)


async def test_compressed_answers() -> None:
    """A compressed answer, however small, is not opened."""
    bomb = gzip.compress(b" " * 1_000_000)
    with pytest.raises(FetchFailed, match="compressed"):
        await fetched(answer(bomb, "content-type: application/json", "Content-Encoding: gzip"))
    with pytest.raises(FetchFailed, match="not JSON"):
        await fetched(answer(bomb, "content-type: application/json"))


async def test_slow_answers() -> None:
    """An answer that drips, byte by byte for ever, is left when its time is over."""

    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.01)

    with pytest.raises(FetchFailed, match=r"more than 0\.2 seconds"):
        await fetched(drip, Limits(seconds=0.2))


async def test_slow_name_servers() -> None:
    """Looking up the name counts towards the time."""

    async def never(_: str, __: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    fetcher = Fetcher(Limits(seconds=0.05), resolve=never)
    with pytest.raises(FetchFailed, match="seconds"):
        await fetcher.get_json("https://a.example/", "public")


async def test_how_many_run_at_once() -> None:
    """Further fetches wait until one of those that run has ended."""
    running: list[str] = []
    two, over = asyncio.Event(), asyncio.Event()

    async def waiting(host: str, _: int) -> Sequence[str]:
        running.append(host)
        if len(running) == 2:
            two.set()
        await over.wait()
        return []

    fetcher = Fetcher(Limits(seconds=60, at_once=2), resolve=waiting)
    asked = [fetcher.get_json(f"https://{name}.example/", "public") for name in "abc"]
    everything = asyncio.gather(*asked, return_exceptions=True)
    await two.wait()
    assert running == ["a.example", "b.example"]
    over.set()
    assert [type(result) for result in await everything] == [FetchFailed] * 3
    assert running == ["a.example", "b.example", "c.example"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (answer(b"{}", "Content-Type: text/html"), "not JSON"),
        (answer(b"{}"), "not JSON"),
        (answer(b"{", "Content-Type: application/json"), "not JSON"),
        (answer(b"[" * 50_000, "Content-Type: application/json"), "not JSON"),
        (answer(b"{}", "Content-Type: application/json", status="404 No"), "status 404"),
        (b"HTTP/1.1 101 Switching\r\nupgrade: x\r\n\r\n", "failed"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "failed"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab", "failed"),
        (b"", "failed"),
    ],
)
async def test_what_is_no_good_answer(content: bytes, why: str) -> None:
    """Other media types, broken JSON, other protocols and broken answers are errors."""
    with pytest.raises(FetchFailed, match=why):
        await fetched(content)


async def test_errors_repeat_nothing_that_was_received() -> None:
    """What came back stays out of the error, whose text may be shown and logged."""
    with pytest.raises(FetchFailed) as caught:
        await fetched(b"HTTP/1.1 200 OK\r\nsecret-from-inside: \x00\r\n\r\n")
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


async def test_nobody_is_there() -> None:
    """A name without an address and a closed port are errors of their own."""
    with pytest.raises(FetchFailed, match="resolved"):
        await Fetcher(resolve=Names([])).get_json("https://a.example/", "public")
    with pytest.raises(FetchFailed, match="No connection"):
        await Fetcher().get_json("http://127.0.0.1:1/", "loopback")


async def test_a_second_address_is_tried() -> None:
    """When the first address does not answer, the next checked one is tried."""
    async with serving(GOOD) as server:
        fetcher = Fetcher(resolve=Names(["127.0.0.9", "127.0.0.1"]))
        address = f"http://client.example:{server.port}/"
        assert await fetcher.get_json(address, "loopback") == {"keys": []}


async def test_the_environments_proxies_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that the environment names for other programs gets nothing from this one."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert await fetched(GOOD) == {"keys": []}


async def test_the_systems_resolver() -> None:
    """The system's resolver gives every address of a name and fails for none."""
    resolver = Resolver()
    assert "127.0.0.1" in await resolver("localhost", 443)
    with pytest.raises(FetchFailed, match="resolved"):
        await Fetcher(resolve=resolver).get_json(f"https://{'a' * 64}.example/", "public")
    resolver.close()


def test_an_answer_that_claims_to_be_json() -> None:
    """Media types with a JSON suffix are JSON too; look-alikes are not."""
    for media_type in ("application/json", "application/jwk-set+json"):
        assert Answer(status=200, media_type=media_type, body=b"1").document() == 1
    for media_type in ("text/json", "application/jsonp", "application/x+json+xml"):
        with pytest.raises(FetchFailed):
            Answer(status=200, media_type=media_type, body=b"1").document()
