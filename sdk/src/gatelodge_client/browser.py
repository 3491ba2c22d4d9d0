"""Signs a user in with the browser: on this machine, or on another one by pasting the address."""

import os
import select
import sys
import time
import webbrowser
from collections.abc import Callable
from typing import Self

import msgspec

from gatelodge_client import authorization
from gatelodge_client.errors import SignInExpired
from gatelodge_client.flow import Flow, work
from gatelodge_client.loopback import Receiver
from gatelodge_client.session import Session
from gatelodge_client.tokens import TokenSet

_SECONDS = 300.0
_GLANCE_SECONDS = 0.1


def tell(address: str) -> None:
    """Print the address to open: on machines without a browser it is all there is."""
    sys.stderr.write(f"Open this address to sign in:\n  {address}\n")


def open_browser(address: str) -> None:
    """Print the address, and open it where there is a browser."""
    tell(address)
    webbrowser.open(address)


def line_from_terminal() -> str | None:
    """Return a line somebody pasted, None while there is none (always None on Windows)."""
    if os.name != "posix" or not sys.stdin or not sys.stdin.isatty():
        return None
    ready, _, _ = select.select([sys.stdin], [], [], 0)
    return sys.stdin.readline().strip() if ready else None


class Pasting:
    """Stands in for the receiver where nothing can listen: waits for a pasted address only."""

    def __init__(self, redirect_uri: str) -> None:
        self.redirect_uri = redirect_uri
        self._is_open = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._is_open = False

    def wait(
        self, accepts: Callable[[str], bool], seconds: float, pasted: Callable[[], str | None]
    ) -> str:
        """Return the first pasted address that belongs to this sign-in."""
        end = time.monotonic() + seconds
        while self._is_open and time.monotonic() < end:
            line = pasted()
            if line and accepts(line):
                return line
            time.sleep(_GLANCE_SECONDS)
        raise SignInExpired(f"Nothing was pasted within {seconds:.0f} seconds.")


class Browser(msgspec.Struct, frozen=True, kw_only=True):
    """Authorization code with PKCE through a browser.

    ``redirect_uri`` is one the application registered; port 0 takes a free port, for servers that
    let the port of a loopback address vary (RFC 8252). ``show`` gets the address: ``open_browser``
    or, where there is none, ``tell``. ``pasted`` is asked for the address the browser ended at, in
    case that was another machine's browser; whichever comes first counts. Without ``listen`` only
    that does, and ``redirect_uri`` may lead anywhere. ``seconds`` is the limit.
    """

    redirect_uri: str = "http://127.0.0.1:0/callback"
    show: Callable[[str], None] = open_browser
    pasted: Callable[[], str | None] = line_from_terminal
    listen: bool = True
    seconds: float = _SECONDS

    def sign_in(self, session: Session) -> Flow[TokenSet]:
        """Listen first, then show the address, wait, check the return and redeem the code."""
        with Receiver(self.redirect_uri) if self.listen else Pasting(self.redirect_uri) as receiver:
            begun = authorization.begin(session.settings, receiver.redirect_uri)
            yield from work(lambda: self.show(begun.address))
            returned = yield from work(
                lambda: receiver.wait(
                    lambda address: authorization.is_answer(begun, address),
                    self.seconds,
                    self.pasted,
                )
            )
        received = authorization.code(session.settings, begun, returned)
        return (yield from session.exchange(authorization.form(begun, received)))
