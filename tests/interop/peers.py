"""Authorization servers that others wrote, each started as a process of its own."""

import contextlib
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import urljoin

import httpx2

from tests.interop.node import node_path
from tests.programs import absent
from tests.serving import free_port

HERE = Path(__file__).parent
_FORM = re.compile(r"<form[^>]*>.*?</form>", re.DOTALL)
_ACTION = re.compile(r'action="([^"]+)"')
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
_STEPS = 16
MARK = "400"
_START_SECONDS = 60.0


class Peer:
    """A running server and what it printed."""

    def __init__(self, origin: str, lines: list[str]) -> None:
        self.origin = origin
        self._lines = lines

    def token_answers(self) -> list[str]:
        """Return the status of each token answer so far, the last being one asked for here.

        What is printed arrives a moment later: a request without credentials marks the place.
        """
        marks = self._statuses().count(MARK)
        assert str(httpx2.post(f"{self.origin}/token").status_code) == MARK
        end = time.monotonic() + _START_SECONDS
        while self._statuses().count(MARK) == marks and time.monotonic() < end:
            time.sleep(0.01)
        return self._statuses()

    def _statuses(self) -> list[str]:
        found = (line.split() for line in tuple(self._lines))
        return [words[1] for words in found if words[:1] == ["token"]]


@contextlib.contextmanager
def node_peer(script: str, package: str, *arguments: str) -> Iterator[Peer]:
    """Run a script beside this file that prints its port first."""
    if not (HERE / "node_modules" / package).is_dir():
        absent(f"npm's {package}")
    with _running([str(node_path()), script, *arguments]) as process:
        assert process.stdout is not None
        stdout = process.stdout
        # Warnings come first; the port is a line of its own.
        first = next((line.strip() for line in stdout if line.strip().isdigit()), "")
        assert first, f"{script} did not start"
        lines: list[str] = []
        reader = threading.Thread(target=lambda: lines.extend(stdout), daemon=True)
        reader.start()
        yield Peer(f"http://127.0.0.1:{first}", lines)
    reader.join()
    stdout.close()


@contextlib.contextmanager
def provider_mock() -> Iterator[Peer]:
    """Run PyPI's oidc-provider-mock."""
    port = free_port()
    with _running([sys.executable, "-m", "oidc_provider_mock", "--port", str(port)]) as process:
        _answers(port)
        assert process.stdout is not None
        stdout = process.stdout
        # It writes a line for each request: taken, so that it never waits for a reader.
        reader = threading.Thread(target=stdout.read, daemon=True)
        reader.start()
        yield Peer(f"http://localhost:{port}", [])
    reader.join()
    stdout.close()


def _answers(port: int) -> None:
    """Wait until somebody listens."""
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    raise AssertionError("the server did not start")


@contextlib.contextmanager
def _running(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        command,
        cwd=HERE,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def walk(address: str, cancel: str = "", **fields: str) -> str:
    """Be a browser: follow redirects, fill in a form of each page, to the very end.

    ``fields`` are typed where a form has them; a link that ends in ``cancel`` is followed instead.
    Returns the last page's text; the loopback receiver is visited like any other address.
    """
    with httpx2.Client(timeout=30) as http:
        answer = http.get(address)
        for _ in range(_STEPS):
            location = answer.headers.get("location")
            form = _form(answer.text, fields)
            no = re.search(rf'href="([^"]+{cancel})"', answer.text) if cancel else None
            if location or no:
                target = location or unescape(no[1] if no else "")
                answer = http.get(urljoin(str(answer.url), target))
            elif answer.status_code == httpx2.codes.OK and form:
                answer = _submitted(http, answer, form, fields)
            else:
                return answer.text
    raise AssertionError(f"{answer.status_code} at {answer.url.path}: {answer.text[:1000]}")


def _form(page: str, fields: dict[str, str]) -> str:
    """Return the form that has one of the fields, else the first one, else nothing."""
    # Every page of ours can be made light or dark: not what anybody came for.
    forms = [form for form in _FORM.findall(page) if 'action="/theme"' not in form]
    ours = (one for one in forms if any(f'name="{name}"' in one for name in fields))
    return next(ours, forms[0] if forms else "")


def _submitted(
    http: httpx2.Client, page: httpx2.Response, form: str, fields: dict[str, str]
) -> httpx2.Response:
    action = _ACTION.search(form)
    target = urljoin(str(page.url), unescape(action[1])) if action else str(page.url)
    hidden = {unescape(name): unescape(value) for name, value in _HIDDEN.findall(form)}
    typed = {name: value for name, value in fields.items() if f'name="{name}"' in form}
    return http.post(target, data={**hidden, **typed})
