"""Requests nobody well-meaning sends, to every endpoint (lines 50, 77-87)."""

import re
from pathlib import Path

import httpx2
import pytest

from tests.flows.signing_in import by_password
from tests.raw_http import status_of, talk
from tests.security.attacking import API, DEMO, FORM
from tests.serving import Server

FORMS = ("/token", "/revoke", "/introspect")
ALLOWED_DESCRIPTION = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]*")
MEGABYTE = 1024 * 1024


def resident_bytes(process_id: int) -> int:
    """Return a process's memory."""
    pages = Path(f"/proc/{process_id}/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * 4096


async def post(http: httpx2.AsyncClient, path: str, body: bytes) -> httpx2.Response:
    """Send a form's raw bytes as the demo application."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return await http.post(path, content=body, headers=headers, auth=DEMO)


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize(
    "body",
    [
        b"token=a&token=b&grant_type=client_credentials",
        b"grant_type=client_credentials&grant_type=password&token=a&token=a",
        b"grant_type=a%00b&token=a%00b",
        b"grant_type=%ff&token=%ff",
        b"grant_type=%ed%a0%80&token=%ed%a0%80",
        b"&".join(b"p%d=1" % n for n in range(1000)),
        b"",
        b"=",
        b"\x00",
        b"[" * 60_000,
    ],
    ids=["twice", "grants", "nul", "bytes", "surrogate", "many", "none", "no name", "zero", "deep"],
)
async def test_what_cannot_be_read_is_a_400(
    http: httpx2.AsyncClient, path: str, body: bytes
) -> None:
    """Lines 77 and 81: repeated, unreadable and countless parameters, at every form endpoint."""
    answer = await post(http, path, body)
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_request"
    assert answer.headers["cache-control"] == "no-store"


async def test_empty_is_absent_and_unknown_is_ignored(http: httpx2.AsyncClient) -> None:
    """Lines 78 and 79."""
    empty = await post(http, "/token", b"grant_type=client_credentials&scope=&code=&x=1&x=2")
    assert empty.status_code in {200, 400}
    unknown = await post(http, "/token", b"grant_type=client_credentials&scope=&claims=%7B%7D&y=1")
    assert unknown.status_code == 200
    assert (await post(http, "/token", b"grant_type=")).json()["error"] == "invalid_request"


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize(
    "media_type",
    ["application/json", "multipart/form-data; boundary=x", "text/plain", "", "x" * 99],
)
async def test_another_media_type_is_415(
    http: httpx2.AsyncClient, path: str, media_type: str
) -> None:
    """Line 80: it says what is read here."""
    headers = {"Content-Type": media_type} if media_type else {}
    answer = await http.post(path, content=b'{"a":1}', headers=headers, auth=DEMO)
    assert answer.status_code == 415
    assert "application/x-www-form-urlencoded" in answer.json()["error_description"]


@pytest.mark.parametrize("path", [*FORMS, "/login", "/sign-in"])
async def test_a_megabyte_is_refused_without_being_kept(
    http: httpx2.AsyncClient, demo: Server, path: str
) -> None:
    """Line 81: a large form is a 4xx, and a hundred of them leave no more memory behind."""
    before = resident_bytes(demo.process.pid)
    for _ in range(30):
        answer = await post(http, path, b"token=" + b"a" * MEGABYTE)
        assert 400 <= answer.status_code < 500
    assert resident_bytes(demo.process.pid) - before < 24 * MEGABYTE


async def test_descriptions_hold_permitted_characters_only(
    http: httpx2.AsyncClient, demo: Server
) -> None:
    """Line 82: nothing a caller sent comes back as a quote, a backslash, HTML or a control."""
    evil = '<script>"\\\té'
    answers = [
        await http.post("/token", data={"grant_type": evil}, auth=DEMO),
        await http.post("/token", data={"grant_type": "password", "client_id": evil}),
        await http.post(
            "/token", data={"grant_type": "client_credentials", "scope": evil}, auth=DEMO
        ),
        await http.post("/token", content=b"", headers={"Content-Type": "<b>/\"\\'"}),
    ]
    for answer in answers:
        assert 400 <= answer.status_code < 500
        described = answer.json()
        assert ALLOWED_DESCRIPTION.fullmatch(described["error_description"])
        assert "<script" not in answer.text
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["x-content-type-options"] == "nosniff"
    page = await http.get("/authorize", params={"client_id": evil, "redirect_uri": evil})
    assert page.status_code == 400
    assert "<script>" not in page.text


@pytest.mark.parametrize("path", ["/authorize", *FORMS, "/userinfo", "/"])
async def test_no_foreign_origin_is_reflected(http: httpx2.AsyncClient, path: str) -> None:
    """Line 83: another site's page reads neither an answer nor gets one with cookies."""
    for origin in ("https://evil.example", "null", "http://localhost.evil.example"):
        for method in ("GET", "POST"):
            answer = await http.request(method, path, headers={"Origin": origin})
            assert answer.headers.get("access-control-allow-origin") is None
            assert "access-control-allow-credentials" not in answer.headers


async def test_the_metadata_is_true_at_both_paths(http: httpx2.AsyncClient, demo: Server) -> None:
    """Lines 47, 84 and 87: every address answers, no implicit flow, and Host changes nothing."""
    paths = ("/.well-known/oauth-authorization-server", "/.well-known/openid-configuration")
    first, second = [(await http.get(path)).json() for path in paths]
    assert first == second
    assert first["issuer"] == demo.base_url
    assert first["response_types_supported"] == ["code"]
    assert "implicit" not in first["grant_types_supported"]
    assert first["code_challenge_methods_supported"] == ["S256"]
    for name, value in first.items():
        if name.endswith("_endpoint") or name == "jwks_uri":
            assert (await http.get(value)).status_code in {200, 303, 400, 401, 405}, name
    spoof = b"Host: evil.example\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: https\r\n"
    for path in (*paths, "/", "/login", "/applications", "/authorize"):
        request = b"GET %s HTTP/1.1\r\n%sConnection: close\r\n\r\n" % (path.encode(), spoof)
        assert b"evil.example" not in await talk(demo.base_url, request)


async def test_verbs_and_spellings_open_no_back_door(demo: Server) -> None:
    """Line 80: GET, TRACE and PUT are 405 at the token endpoint; other spellings are not it."""
    expected = {
        b"GET /token": 405,
        b"TRACE /token": 405,
        b"PUT /token": 405,
        b"TRACE /userinfo": 405,
        b"CONNECT /token": 501,
        b"GET /TOKEN": 404,
        b"GET //token": 404,
        b"GET /x/../token": 404,
        b"GET /token;x": 404,
        b"TRACE " + API.encode(): 405,
    }
    for line, status in expected.items():
        request = b"%s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" % line
        answer = await talk(demo.base_url, request)
        assert (line, status_of(answer)) in {(line, status), (b"CONNECT /token", 400)}


async def test_large_heads_are_431(demo: Server) -> None:
    """Line 81: neither one giant header, nor thousands, nor a giant address is taken in."""
    start = b"POST /token HTTP/1.1\r\nHost: a\r\n" + FORM
    heads = (
        b"GET /" + b"a" * MEGABYTE + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        start + b"Authorization: Basic " + b"A" * MEGABYTE + b"\r\n\r\n",
        start + b"".join(b"X-%d: 1\r\n" % n for n in range(5000)) + b"\r\n",
    )
    for head in heads:
        assert status_of(await talk(demo.base_url, head)) == 431


async def test_answers_with_tokens_are_never_kept(http: httpx2.AsyncClient) -> None:
    """Line 50: tokens, refusals and descriptions all carry no-store."""
    issued = await by_password(http)
    refused = await by_password(http, username="nobody")
    described = await http.post(
        "/introspect", data={"token": issued.json()["access_token"]}, auth=DEMO
    )
    for answer in (issued, refused, described):
        assert answer.headers["cache-control"] == "no-store"
