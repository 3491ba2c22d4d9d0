"""Clients that cannot prove who they are (lines 64-76)."""

import base64
import sqlite3
import statistics
import time

import httpx2
import pytest

from tests.security.attacking import DEMO
from tests.serving import DEMO_KEY, DEMO_SECRET, Server

FORMS = ("/token", "/revoke", "/introspect")
SAMPLES, MEASUREMENTS = 60, 3
"""Together fewer wrong secrets than a client at one address may send before it has to wait."""
BODY = {"grant_type": "client_credentials", "token": "x"}


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("sent", ["", f"{DEMO_KEY}:wrong", f"{DEMO_KEY}:", "nobody:x"])
async def test_nobody_gets_in_without_the_secret(
    http: httpx2.AsyncClient, path: str, sent: str
) -> None:
    """Lines 64 and 65: 401 invalid_client at every endpoint; a Basic failure is challenged."""
    named = {} if sent else {"client_id": DEMO_KEY}
    basic = {"Authorization": f"Basic {base64.b64encode(sent.encode()).decode()}"} if sent else {}
    answer = await http.post(path, data=BODY | named, headers=basic)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.headers["www-authenticate"].startswith("Basic")


@pytest.mark.parametrize("path", FORMS)
async def test_two_methods_and_the_address_are_refused(http: httpx2.AsyncClient, path: str) -> None:
    """Lines 66 and 67: right credentials do not help those who send them twice or in the query."""
    twice = await http.post(path, data=BODY | {"client_secret": DEMO_SECRET}, auth=DEMO)
    assert (twice.status_code, twice.json()["error"]) == (400, "invalid_request")
    query = {"client_id": DEMO_KEY, "client_secret": DEMO_SECRET}
    leaked = await http.post(path, params=query, data=BODY)
    assert (leaked.status_code, leaked.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize(
    "credentials",
    [b"\xff:x", b"no colon", b":secret", b"a\0b:x", b"a%00b:x", b"a" * 20_000 + b":x", b"%:%"],
)
async def test_malformed_basic_is_a_401(
    http: httpx2.AsyncClient, path: str, credentials: bytes
) -> None:
    """Line 81: whatever stands in the header, a NUL included, is a 401 and no fault of ours."""
    header = b"Basic " + base64.b64encode(credentials)
    answer = await http.post(path, data=BODY, headers={b"Authorization": header})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_what_is_stored_proves_nothing(http: httpx2.AsyncClient, demo: Server) -> None:
    """Line 71: somebody who read the database cannot present what stands there, in any spelling."""
    (path,) = _databases(demo)
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
        rows = connection.execute("SELECT digest FROM client_secrets").fetchall()
    assert rows
    for (digest,) in rows:
        spellings = (
            bytes(digest),
            bytes(digest).hex().encode(),
            base64.b64encode(digest),
            base64.urlsafe_b64encode(digest).rstrip(b"="),
        )
        for spelled in spellings:
            header = b"Basic " + base64.b64encode(DEMO_KEY.encode() + b":" + spelled)
            refused = await http.post("/token", data=BODY, headers={b"Authorization": header})
            assert refused.status_code == 401


def _databases(demo: Server) -> list[str]:
    files = [path for path in demo.data_dir.iterdir() if path.is_file()]
    return [str(each) for each in files if each.read_bytes()[:6] == b"SQLite"]


async def test_a_secrets_tail_counts(http: httpx2.AsyncClient) -> None:
    """Line 71: longer, shorter and differently spelled secrets are other secrets."""
    others = (
        DEMO_SECRET + "x",
        DEMO_SECRET[:-1],
        DEMO_SECRET.lower(),
        DEMO_SECRET + " ",
        DEMO_SECRET * 20,
    )
    for secret in others:
        answer = await http.post("/token", data=BODY, auth=(DEMO_KEY, secret))
        assert answer.status_code == 401


async def difference(http: httpx2.AsyncClient) -> float:
    """Return by how many seconds the medians of both refusals differ, measured in turn."""
    times: dict[str, list[float]] = {DEMO_KEY: [], "DemoApplicationConsumerKey0b": []}
    for turn in range(SAMPLES):
        # Neither is always the second, who finds everything warm.
        for client_id in sorted(times, reverse=turn % 2 == 1):
            began = time.perf_counter()
            answer = await http.post("/token", data=BODY, auth=(client_id, "wrong"))
            times[client_id].append(time.perf_counter() - began)
            assert answer.status_code == 401
    known, unknown = (statistics.median(taken) for taken in times.values())
    return abs(known - unknown)


async def test_an_unknown_client_takes_as_long_as_a_wrong_secret(
    http: httpx2.AsyncClient,
) -> None:
    """Line 70: the time of a refusal does not tell whether a consumer key exists.

    A difference there really is shows every time; one of a busy machine's is gone when it is
    measured again.
    """
    measured = []
    for _ in range(MEASUREMENTS):
        measured.append(await difference(http))
        # A look-up in the database is all that may lie between them.
        if measured[-1] < 0.003:
            return
    pytest.fail(f"they differ by {measured} seconds")
