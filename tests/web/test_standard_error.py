"""Log lines that nobody can read any more."""

import io
import sys

import pytest
import structlog

from gatelodge.web.access_log import AccessLog
from gatelodge.web.http import Message, Receive, Scope, Send
from gatelodge.web.standard_error import standard_error


class Broken(io.StringIO):
    """A pipe that nobody reads."""

    def write(self, text: str, /) -> int:
        """Fail as such a pipe does."""
        raise BrokenPipeError(text)


def closed() -> io.StringIO:
    """Return a file that was closed."""
    out = io.StringIO()
    out.close()
    return out


@pytest.mark.parametrize("out", [Broken(), closed()])
async def test_a_request_goes_on_without_them(
    monkeypatch: pytest.MonkeyPatch, out: io.StringIO
) -> None:
    """Neither what is logged nor a line for each request ends it."""
    monkeypatch.setattr(sys, "stderr", out)
    answered: list[Message] = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        structlog.PrintLogger(standard_error()).msg("a line")
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive() -> Message:
        raise AssertionError

    async def send(message: Message) -> None:
        answered.append(message)

    scope = {"state": {"request_id": "abc"}, "method": "GET", "path": "/"}
    await AccessLog(lambda _: "portal").around(application)(scope, receive, send)
    assert [each["status"] for each in answered] == [200]


def test_they_go_where_standard_error_is_then(capsys: pytest.CaptureFixture[str]) -> None:
    """Not where it was when the program started."""
    out = standard_error()
    out.write("one line\n")
    out.flush()
    assert capsys.readouterr().err == "one line\n"
