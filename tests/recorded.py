"""``python -m tests.recorded``: the program, which notes each secret that an answer carries.

The notes go to the file that the variable names, one line each: method, path, where in the answer,
kind and digest; never the secret. What may be there is decided in ``tests.security.answers``.
"""

import os
import re
from hashlib import blake2b
from pathlib import Path

from gatelodge.app import Program
from gatelodge.cli import serve
from gatelodge.cli.main import app
from gatelodge.web.http import Message, Receive, Scope, Send
from tests.security import leaks
from tests.serving import NOTES

_MOST = 2_000_000
# Paths of links are secrets themselves: the route is enough.
_SECRET_PART = re.compile(r"gl[a-z]{2,3}_[A-Za-z0-9_-]{20,}")


class Noting(Program):
    """The program as it is, and a look at each answer on its way out."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        found: dict[str, bytes] = {}

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = dict(message["headers"])
                found["location"] = headers.get(b"location", b"")
                found["kind"] = headers.get(b"content-type", b"").partition(b";")[0]
                found["body"] = b""
            elif len(found["body"]) < _MOST:
                found["body"] += message.get("body", b"")
            await send(message)

        await super().__call__(scope, receive, noted)
        note(scope, found)


def note(scope: Scope, found: dict[str, bytes]) -> None:
    """Write down the secrets of one answer."""
    path = _SECRET_PART.sub("SECRET", scope["path"]).replace("\t", " ")
    places = {
        "location": found.get("location", b""),
        found.get("kind", b"").decode(): found.get("body", b""),
    }
    lines = []
    for place, content in places.items():
        texts = leaks.recognised(content) | {one for one in leaks.KNOWN if one.encode() in content}
        for text in texts:
            digest = blake2b(text.encode(), digest_size=8).hexdigest()
            lines.append(
                "\t".join((scope["method"], path, place, leaks.called(text), digest)) + "\n"
            )
    if lines:
        with Path(os.environ[NOTES]).open("a", encoding="utf-8") as notes:
            notes.write("".join(sorted(lines)))


if __name__ == "__main__":
    vars(serve)["Program"] = Noting
    app()
