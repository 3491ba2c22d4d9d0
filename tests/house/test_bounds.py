"""The guide to overload says what the code does: each bound it names is the one in the code."""

import inspect
import re

import pytest

from gatelodge.authserver import client_keys, guesses, repeats
from gatelodge.gateway import limits, usage, verified
from gatelodge.gateway.upstreams.limits import ForwardLimits
from gatelodge.mail import postman
from gatelodge.operations import passwords, turns
from gatelodge.provisioning import cache
from gatelodge.storage import engine, live, valkey
from gatelodge.web import crowd, descriptors, http, protocol
from gatelodge.web.edge import EdgeLimits
from gatelodge.web.fetching import Limits
from tests.house.sources import ROOT

KIB, MIB = 1024, 1024 * 1024
EDGE, UPSTREAM, FETCH = EdgeLimits(), ForwardLimits(), Limits()
POOL = inspect.signature(passwords.PasswordPool).parameters
BOUNDS = {
    "connections": (EDGE.connections, protocol._TURNED_AWAY),
    "idle connections": (EDGE.idle_seconds, EDGE.crowded_seconds),
    "requests inside": (crowd.MOST_IN_FLIGHT,),
    "requests on a connection": (EDGE.pipelined,),
    "request line and headers": (EDGE.head_bytes / KIB, EDGE.head_count),
    "time for the headers": (EDGE.head_seconds, EDGE.crowded_seconds),
    "time for a TLS handshake": (EDGE.head_seconds,),
    "a body that stalls": (EDGE.body_seconds, EDGE.body_rate),
    "size of a form": (http.BODY_LIMIT / KIB, protocol._UNREAD_BYTES / MIB),
    "an answer that the caller": (EDGE.write_seconds,),
    "passwords": (passwords._PROCESSES, POOL["waiting"].default),
    "sign-ins under one name": (turns._MOST_WAITING,),
    "wrong consumer secrets": (guesses._MOST,),
    "writes that wait": (engine._QUEUE, engine._BATCH),
    "reads of PostgreSQL": (engine._READERS, engine._READS),
    "commands that wait": (valkey._MOST_WAITING, valkey._SLICE * valkey._SLICES),
    "calls of one upstream": (UPSTREAM.connections, UPSTREAM.waiting, UPSTREAM.queue_seconds),
    "an upstream's answer": (UPSTREAM.head_bytes / KIB, UPSTREAM.head_seconds),
    "our own requests": (FETCH.at_once, FETCH.seconds, FETCH.size / KIB),
    "clients, applications and users": (live._MOST_KEPT,),
    "verified access tokens": (verified.MOST_REMEMBERED,),
    "accounts and their locations": (cache._SIZE,),
    "open quota windows": (limits.MOST_WINDOWS,),
    "values that must not repeat": (repeats.MOST,),
    "kinds of gateway calls": (usage.MOST_KINDS,),
}


@pytest.mark.parametrize("line", BOUNDS)
def test_the_guide_names_the_bounds_of_the_code(line: str) -> None:
    """A row that begins with these words holds these numbers."""
    guide = (ROOT / "docs/guides/overload.md").read_text(encoding="utf-8")
    rows = [row for row in guide.splitlines() if row.startswith(f"| {line}")]
    assert len(rows) == 1
    words = re.split(r"[|;:\s]+|, ", rows[0])
    assert not [f"{bound:,.0f}" for bound in BOUNDS[line] if f"{bound:,.0f}" not in words]


def test_the_guide_says_what_is_left_of_open_files() -> None:
    """And how many letters leave at a time."""
    guide = (ROOT / "docs/guides/overload.md").read_text(encoding="utf-8")
    assert f"{descriptors._OTHERS}\nare left" in guide
    assert f"letters ({postman._AT_ONCE} at a time" in guide
    assert client_keys.FRESH < client_keys.USABLE
