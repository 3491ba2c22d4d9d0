"""A sign-in through a browser: the loopback receiver, the pasted address, and the exchange."""

import asyncio
import socket
import sys
import threading
from collections.abc import Callable
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest

from gatelodge_client import Browser, MemoryStore, Session, browser
from gatelodge_client.errors import AnswerNotForUs, SettingsError, SignInExpired, SignInFailed
from gatelodge_client.loopback import Receiver
from tests.sdk.scripted import Server, settings, tokens
from tests.serving import free_port

LONG = 30.0


def session() -> Session:
    """Return a session nobody is signed in to."""
    return Session(settings(), MemoryStore())


@pytest.fixture
def server() -> Server:
    """A token endpoint that redeems a code."""
    made = Server()
    made.answer("/token", tokens(1))
    return made


def get(redirect_uri: str, path: str | None = None, **query: str) -> tuple[HTTPResponse, str]:
    """Send a request as a browser would and return the answer and its page."""
    parts = urlsplit(redirect_uri)
    http = HTTPConnection("127.0.0.1", parts.port or 80, timeout=LONG)
    http.request("GET", f"{parts.path if path is None else path}?{urlencode(query)}")
    answer = http.getresponse()
    page = answer.read().decode()
    http.close()
    return answer, page


class Visitor:
    """A browser that comes back with the state it was sent, on a thread of its own."""

    def __init__(self, **query: str) -> None:
        self.query = query
        self.pages: list[str] = []
        self.redirect_uri = ""
        self.first: Callable[[], None] = lambda: None
        self._thread: threading.Thread | None = None

    def __call__(self, address: str) -> None:
        """Go to an address."""
        asked = {name: value[0] for name, value in parse_qs(urlsplit(address).query).items()}
        self.redirect_uri = asked["redirect_uri"]

        def visit() -> None:
            self.first()
            _, page = get(self.redirect_uri, state=asked["state"], **self.query)
            self.pages.append(page)

        self._thread = threading.Thread(target=visit)
        self._thread.start()

    def join(self) -> None:
        """Wait until it was there."""
        assert self._thread is not None
        self._thread.join(LONG)


def test_signing_in(server: Server) -> None:
    """The browser comes back, the code is redeemed with its verifier, the port is free again."""
    visitor = Visitor(code="c-1", iss="https://api.example.com")
    held = server.connecting().run(session().sign_in(Browser(show=visitor, seconds=LONG)))
    visitor.join()
    assert held.access_token == "access-secret-1"
    (form,) = server.forms()
    assert (form["code"], form["redirect_uri"]) == ("c-1", visitor.redirect_uri)
    assert len(form["code_verifier"]) >= 43
    assert "You may close this window" in visitor.pages[0]
    port = urlsplit(visitor.redirect_uri).port
    assert port
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))


async def test_signing_in_on_a_loop(server: Server) -> None:
    """The loop goes on while the browser is away."""
    visitor = Visitor(code="c-1")
    turned = asyncio.Event()
    loop = asyncio.get_running_loop()
    visitor.first = lambda: asyncio.run_coroutine_threadsafe(turn(turned), loop).result(LONG)
    flow = session().sign_in(Browser(show=visitor, seconds=LONG))
    held = await server.connecting().run_async(flow)
    visitor.join()
    assert turned.is_set()
    assert held.access_token == "access-secret-1"


async def turn(turned: asyncio.Event) -> None:
    """Show that the loop runs."""
    turned.set()


def test_a_fixed_port(server: Server) -> None:
    """A registered address is used as it is written: host, port and path."""
    address = f"http://localhost:{free_port()}/signed/in"
    visitor = Visitor(code="c-1")
    how = Browser(redirect_uri=address, show=visitor, seconds=LONG)
    server.connecting().run(session().sign_in(how))
    visitor.join()
    assert visitor.redirect_uri == server.forms()[0]["redirect_uri"] == address


def test_a_port_that_is_taken() -> None:
    """It is said before a browser opens; two receivers never share a port."""
    with Receiver("http://127.0.0.1:0/") as first:
        shown: list[str] = []
        how = Browser(redirect_uri=first.redirect_uri, show=shown.append)
        with pytest.raises(SettingsError, match="cannot be used") as refused:
            Server().connecting().run(session().sign_in(how))
        assert "paste" in refused.value.hint
        assert shown == []


@pytest.mark.parametrize(
    "address", ["https://127.0.0.1:1/", "http://example.com/", "http://0.0.0.0:1/", "urn:x"]
)
def test_an_address_elsewhere(address: str) -> None:
    """Only this machine's own addresses can be listened on."""
    with pytest.raises(SettingsError, match="does not lead to this machine"):
        Receiver(address)


def test_strangers_are_turned_away(server: Server) -> None:
    """Another path or another state gets a page and does not end the sign-in."""
    visitor = Visitor(code="right")
    seen: list[int] = []

    def first() -> None:
        for path, query in (("/favicon.ico", {}), (None, {"code": "wrong", "state": "guessed"})):
            answer, page = get(visitor.redirect_uri, path, **query)
            seen.append(answer.status)
            assert "wrong" not in page
            assert answer.headers["cache-control"] == "no-store"
            assert "default-src 'none'" in answer.headers["content-security-policy"]

    visitor.first = first
    server.connecting().run(session().sign_in(Browser(show=visitor, seconds=LONG)))
    visitor.join()
    assert seen == [404, 400]
    assert server.forms()[0]["code"] == "right"


def test_a_silent_connection_holds_nobody_up(server: Server) -> None:
    """Browsers open connections ahead and send nothing over them."""
    visitor = Visitor(code="c-1")
    opened: list[socket.socket] = []

    def first() -> None:
        port = urlsplit(visitor.redirect_uri).port or 0
        opened.append(socket.create_connection(("127.0.0.1", port)))

    visitor.first = first
    server.connecting().run(session().sign_in(Browser(show=visitor, seconds=LONG)))
    visitor.join()
    opened[0].close()
    assert server.count("/token") == 1


def test_a_refusal(server: Server) -> None:
    """error= ends the sign-in with the server's reason; nothing is exchanged."""
    visitor = Visitor(error="access_denied", error_description="<b>no</b>")
    with pytest.raises(SignInFailed, match="<b>no</b>") as refused:
        server.connecting().run(session().sign_in(Browser(show=visitor, seconds=LONG)))
    visitor.join()
    assert refused.value.code == "access_denied"
    assert "Not signed in" in visitor.pages[0]
    assert "<b>no" not in visitor.pages[0]
    assert server.asked == []


def test_another_issuer(server: Server) -> None:
    """A mixed-up answer is refused before the code is sent anywhere (RFC 9207)."""
    visitor = Visitor(code="c-1", iss="https://attacker.example")
    with pytest.raises(AnswerNotForUs):
        server.connecting().run(session().sign_in(Browser(show=visitor, seconds=LONG)))
    visitor.join()
    assert server.asked == []


def test_nobody_comes() -> None:
    """The wait ends, and says what to do."""
    how = Browser(show=lambda _: None, seconds=0.05)
    with pytest.raises(SignInExpired, match="Start again"):
        Server().connecting().run(session().sign_in(how))


def test_the_address_is_pasted(server: Server) -> None:
    """The browser was on another machine: its last address, pasted, does the same."""
    lines: list[str | None] = [None, "what is this", "http://127.0.0.1/?code=x&state=other"]

    def show(address: str) -> None:
        state = parse_qs(urlsplit(address).query)["state"][0]
        lines.append(f"  http://127.0.0.1:1/callback?code=c-2&state={state}\n")

    how = Browser(show=show, seconds=LONG, pasted=lambda: lines.pop(0))
    assert server.connecting().run(session().sign_in(how)).access_token == "access-secret-1"
    assert server.forms()[0]["code"] == "c-2"
    assert lines == []


def test_only_pasting(server: Server) -> None:
    """Where nothing can listen the registered address may be anywhere; only a paste counts."""
    lines: list[str | None] = [None]

    def show(address: str) -> None:
        state = parse_qs(urlsplit(address).query)["state"][0]
        lines.append(f"https://app.example.com/back?code=c-3&state={state}")

    how = Browser(
        redirect_uri="https://app.example.com/back",
        listen=False,
        show=show,
        pasted=lambda: lines.pop(0),
    )
    server.connecting().run(session().sign_in(how))
    assert server.forms()[0]["redirect_uri"] == "https://app.example.com/back"
    assert server.forms()[0]["code"] == "c-3"
    never = Browser(listen=False, show=show, pasted=lambda: None, seconds=0.05)
    with pytest.raises(SignInExpired, match="Nothing was pasted"):
        server.connecting().run(session().sign_in(never))


def test_an_interrupted_wait_lets_the_port_go() -> None:
    """Ctrl-C while waiting closes the listener."""
    taken: list[str] = []

    def interrupt() -> None:
        raise KeyboardInterrupt

    def show(address: str) -> None:
        taken.append(parse_qs(urlsplit(address).query)["redirect_uri"][0])

    with pytest.raises(KeyboardInterrupt):
        Server().connecting().run(session().sign_in(Browser(show=show, pasted=interrupt)))
    Receiver(taken[0]).close()


def test_a_code_is_redeemed_once(server: Server) -> None:
    """An unclear failure of the exchange is not repeated: a code's second use ends the sign-in."""
    server.answer("/token", httpx2.ReadTimeout("lost"))
    visitor = Visitor(code="c-1")
    with pytest.raises(Exception, match="No answer"):
        server.connecting().run(session().sign_in(Browser(show=visitor, seconds=LONG)))
    visitor.join()
    assert server.count("/token") == 1


def test_the_address_is_always_printed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether a browser opens or not, on the stream that is not the program's output."""
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    browser.open_browser("https://login.example.org/authorize?x")
    printed = capsys.readouterr()
    assert opened == ["https://login.example.org/authorize?x"]
    assert opened[0] in printed.err
    assert printed.out == ""


def test_a_pipe_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program's input is left alone unless somebody sits at it."""
    with open("/dev/null", encoding="utf-8") as nothing:  # noqa: PTH123 - a stream is needed
        monkeypatch.setattr(sys, "stdin", nothing)
        assert browser.line_from_terminal() is None


def test_a_line_from_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that somebody typed is taken, and none waited for."""
    import pty  # noqa: PLC0415 - not everywhere

    person, program = pty.openpty()
    with open(program, encoding="utf-8") as stdin, open(person, "wb", buffering=0) as keys:  # noqa: PTH123 - descriptors
        monkeypatch.setattr(sys, "stdin", stdin)
        assert browser.line_from_terminal() is None
        keys.write(b"http://127.0.0.1/?code=x\n")
        lines = [line for _ in range(500) if (line := browser.line_from_terminal())]
    assert lines == ["http://127.0.0.1/?code=x"]
