"""One refresh for many processes, counted at a server that ends the sign-in at a second one."""

import http.server
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs

import msgspec
import pytest

from gatelodge_client import FileStore, Session, Settings
from gatelodge_client.tokens import Record, TokenSet
from tests.sdk import twenty

PROGRAM = Path(twenty.__file__)


class Counting(http.server.ThreadingHTTPServer):
    """Refreshes `first` once; the API takes only what that gave."""

    daemon_threads = True
    # All twenty connect at once.
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.refreshes: list[str] = []
        self.calls = 0

    @property
    def origin(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"


class Handler(http.server.BaseHTTPRequestHandler):
    """The token endpoint and the API."""

    server: Counting
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Refresh; slowly, so that everybody is here before there is an answer."""
        length = int(self.headers["content-length"])
        form = parse_qs(self.rfile.read(length).decode())
        self.server.refreshes.append(form["refresh_token"][0])
        time.sleep(0.2)
        fields = {"access_token": "second", "refresh_token": "next", "expires_in": 3600}
        self._answer(200, msgspec.json.encode({**fields, "token_type": "Bearer"}))

    def do_GET(self) -> None:
        """Let in whoever has the new access token."""
        is_right = self.headers["authorization"] == "Bearer second"
        self._answer(200 if is_right else 401, b'{"code": "900901"}')

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def server() -> Iterator[Counting]:
    """A server in a thread."""
    made = Counting()
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


@pytest.mark.parametrize("life", [-10.0, 3600.0], ids=["expired", "refused"])
def test_twenty_processes_refresh_once(tmp_path: Path, server: Counting, life: float) -> None:
    """Twenty processes with one store meet an expired or refused access token: one refresh."""
    token_url = f"{server.origin}/token"
    settings = Settings(base_url=server.origin, client_id="key", token_url=token_url)
    now = time.time()
    held = TokenSet(
        access_token="first",
        token_url=token_url,
        obtained_at=now - 10,
        expires_at=now + life,
        refresh_token="first-refresh",
    )
    store = FileStore(tmp_path)
    store.save(Session(settings, store).key, msgspec.json.encode(Record(held=held)))
    done = subprocess.run(
        [sys.executable, str(PROGRAM), str(tmp_path), token_url, f"{server.origin}/api"],
        check=False,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.stdout.split() == ["200"] * twenty.PROCESSES, done.stderr
    assert server.refreshes == ["first-refresh"]
