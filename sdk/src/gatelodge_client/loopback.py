"""Waits on this machine for the browser's return (RFC 8252 section 7.3).

Owns one listening socket between ``open`` and ``close``. It answers the sign-in's return with a
page, everything else with 404, and keeps waiting when a request has another ``state``: any page in
the browser can send one. Nothing that comes in is logged or repeated on a page.
"""

import contextlib
import html
import socket
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import urlsplit

from gatelodge_client.errors import SettingsError, SignInExpired

_GLANCE_SECONDS = 0.2
# A browser may open a connection and send nothing over it.
_SILENCE_SECONDS = 5.0
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>{title}</title>
<style>:root{{color-scheme:light dark}}body{{font:1.1rem/1.6 system-ui,sans-serif;display:grid;
place-content:center;min-height:90vh;margin:0 1.5rem;text-align:center}}h1{{font-size:1.6rem}}
</style><main><h1>{title}</h1><p>{text}</p></main></html>
"""
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Connection": "close",
}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # Elsewhere the option only skips the wait after a close; on Windows it would share the port.
    allow_reuse_address = not hasattr(socket, "SO_EXCLUSIVEADDRUSE")
    timeout = _GLANCE_SECONDS

    def server_bind(self) -> None:
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        super().server_bind()

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay silent: a traceback would show the address with the code."""


class Receiver:
    """Listens for one return: ``with Receiver("http://127.0.0.1:8765/callback") as receiver``.

    The host is ``127.0.0.1`` or ``localhost``, as registered; port 0 takes a free one, and
    ``redirect_uri`` says which. Raises ``SettingsError`` when the port is taken.
    """

    def __init__(self, redirect_uri: str) -> None:
        parts = urlsplit(redirect_uri)
        if parts.scheme != "http" or parts.hostname not in {"127.0.0.1", "localhost"}:
            raise SettingsError(
                f"{redirect_uri} does not lead to this machine",
                hint="Register http://127.0.0.1:PORT/PATH or http://localhost:PORT/PATH.",
            )
        self._path = parts.path or "/"
        self._lock = threading.Lock()
        self._is_claimed = False
        self._returned: str | None = None
        self._accepts: Callable[[str], bool] = lambda _: False
        wanted = 80 if parts.port is None else parts.port
        try:
            self._server = _Server(("127.0.0.1", wanted), self._handler())
        except OSError as error:
            raise SettingsError(
                f"Port {wanted} cannot be used: {error.strerror}",
                hint="End what uses it, choose another registered port, or paste the address.",
            ) from error
        port = self._server.server_port
        self.redirect_uri = redirect_uri if parts.port else _with_port(redirect_uri, port)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening; the port is free at once."""
        self._server.server_close()

    def wait(
        self,
        accepts: Callable[[str], bool],
        seconds: float,
        pasted: Callable[[], str | None] = lambda: None,
    ) -> str:
        """Return the address the browser came back to, or one that was pasted, whichever is first.

        ``accepts`` says whether an address belongs to this sign-in; ``pasted`` is asked several
        times a second and returns without waiting. Raises ``SignInExpired`` after ``seconds``.
        """
        self._accepts = accepts
        end = time.monotonic() + seconds
        with contextlib.closing(self):
            while time.monotonic() < end:
                self._server.handle_request()
                found = self._returned or _accepted(pasted(), accepts)
                if found:
                    return found
        raise SignInExpired(f"Nobody came back within {seconds:.0f} seconds.")

    def _take(self, target: str, answer: Callable[[int, str, str], None]) -> None:
        """Answer a request, and let ``wait`` return once the sign-in's own has its page."""
        address = f"http://localhost{target}"
        if urlsplit(address).path != self._path:
            answer(404, "Not here", "This address belongs to a sign-in that is under way.")
            return
        with self._lock:
            is_ours = not self._is_claimed and self._accepts(address)
            self._is_claimed = self._is_claimed or is_ours
        if not is_ours:
            text = "This answer belongs to another sign-in. Start again where you began."
            answer(400, "Not this sign-in", text)
            return
        try:
            if "error=" in urlsplit(address).query:
                answer(200, "Not signed in", "You may close this window; the program says why.")
            else:
                answer(200, "Almost there", "You may close this window and go back to the program.")
        finally:
            self._returned = address

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        take = self._take

        class Handler(BaseHTTPRequestHandler):
            timeout = _SILENCE_SECONDS
            server_version, sys_version = "gatelodge-client", ""

            def do_GET(self) -> None:
                take(self.path, self._answer)

            def _answer(self, status: int, title: str, text: str) -> None:
                page = _PAGE.format(title=html.escape(title), text=html.escape(text)).encode()
                self.send_response(status)
                for name, value in (*_HEADERS.items(), ("Content-Length", str(len(page)))):
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(page)

            def log_message(self, *_: object) -> None:
                """Write nothing: the address holds the code."""

        return Handler


def _with_port(redirect_uri: str, port: int) -> str:
    parts = urlsplit(redirect_uri)
    netloc = f"{parts.hostname}:{port}"
    return redirect_uri if port == 80 else parts._replace(netloc=netloc).geturl()  # noqa: PLR2004 - http's own port is left out


def _accepted(pasted: str | None, accepts: Callable[[str], bool]) -> str | None:
    return pasted if pasted and accepts(pasted) else None
