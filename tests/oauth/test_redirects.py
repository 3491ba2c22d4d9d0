"""Redirect URIs: what may be registered, what matches, what is appended."""

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatelodge.oauth import redirects

REGISTERED = ("https://app.example/cb?x=1", "http://127.0.0.1/cb", "http://[::1]/cb")


@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example",
        "https://app.example:8443/cb?x=1&y=2",
        "https://xn--bcher-kva.example/cb",
        "http://localhost",
        "http://localhost/",
        "http://localhost:3000/cb",
        "http://LOCALHOST/cb",
        "http://127.0.0.1/cb",
        "http://127.0.0.1:8000/cb",
        "http://[::1]:8000/cb",
        "com.example.app:/cb",
        "com.example.app://host/cb",
    ],
)
def test_registrable(uri: str) -> None:
    """https, http on this computer and private-use schemes with a dot may be registered."""
    assert redirects.objection(uri) is None
    assert redirects.registrable(uri)


@pytest.mark.parametrize(
    ("uri", "word"),
    [
        ("", "Enter"),
        ("https://app.example/" + "a" * 2000, "at most"),
        ("https://*.example/cb", "Wildcards"),
        ("https://app.example/a b", "character"),
        ("https://app.example/\x00", "character"),
        ("https://app.example/ü", "character"),
        ("https://app.example\\@evil.example/", "character"),
        ("https://app.example/cb#", "fragment"),
        ("https://app.example/cb#x", "fragment"),
        ("/cb", "scheme"),
        ("app.example", "scheme"),
        ("https:", "scheme"),
        ("https:/cb", "host"),
        ("https:///cb", "host"),
        ("https://?x", "host"),
        ("https://user@app.example/", "user name"),
        ("https://app.example:pw@evil.example/", "user name"),
        ("https://app.example:99999/", "port"),
        ("https://app.example:/", "port"),
        ("https://-app.example/", "host name"),
        ("https://[::1/", "host name"),
        ("https://app.example/a/../b", "segments"),
        ("https://app.example/a/%2e%2E/b", "segments"),
        ("https://app.example/.", "segments"),
        ("http://app.example/cb", "Plain http"),
        ("http://127.0.0.1.evil.example/", "Plain http"),
        ("http://localhost.evil.example/", "Plain http"),
        ("http://0.0.0.0/", "Plain http"),
        ("myapp:/cb", "dot"),
        ("javascript:alert(1)", "dot"),
        ("data:text/html,x", "dot"),
        ("vbscript:x", "dot"),
        ("file:///etc/passwd", "dot"),
        ("com.example.app://user@host/cb", "user name"),
    ],
)
def test_not_registrable(uri: str, word: str) -> None:
    """What could lead elsewhere is refused with the reason."""
    assert word in (redirects.objection(uri) or "")
    assert not redirects.registrable(uri)


def test_a_registered_uri_matches_itself() -> None:
    """Every registered URI matches character by character."""
    assert all(redirects.matches(REGISTERED, uri) for uri in REGISTERED)


@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example/cb",
        "https://app.example/cb?x=1&y=2",
        "https://app.example/cb?x=1#",
        "https://app.example/CB?x=1",
        "https://app.example//cb?x=1",
        "https://app.example/cb/..?x=1",
        "https://app.example/cb%2e?x=1",
        "https://app.example:443/cb?x=1",
        "https://app.example:8443/cb?x=1",
        "https://evil@app.example/cb?x=1",
        "https://app.example.evil.example/cb?x=1",
        "https://app.example/cb;p?x=1",
        "http://127.0.0.1:99999/cb",
        "http://127.0.0.1:8000/other",
        "http://127.0.0.1:8000/cb?x=1",
        "http://localhost:8000/cb",
        "http://127.0.0.1:8000@evil.example/cb",
        "http://127.0.0.1.evil.example:80/cb",
        "http://127.0.0.2:80/cb",
        "https://127.0.0.1:8000/cb",
    ],
)
def test_a_look_alike_does_not_match(uri: str) -> None:
    """Extra queries, other ports, paths, cases and hosts are different URIs."""
    assert not redirects.matches(REGISTERED, uri)


@given(st.integers(0, 65_535))
def test_a_native_application_may_take_any_port(port: int) -> None:
    """The port of the two loopback addresses does not count (RFC 8252 section 7.3)."""
    assert redirects.matches(REGISTERED, f"http://127.0.0.1:{port}/cb")
    assert redirects.matches(("http://127.0.0.1:5000/cb",), f"http://127.0.0.1:{port}/cb")
    assert redirects.matches(REGISTERED, f"http://[::1]:{port}/cb")
    assert not redirects.matches(("http://localhost:1/cb",), f"http://localhost:{port + 2}/cb")


@given(st.text(alphabet=st.characters(codec="utf-8")), st.binary())
def test_appended_parameters_arrive(text: str, state: bytes) -> None:
    """The query a URI has is kept and every byte of a value survives."""
    uri = redirects.append("https://app.example/cb?x=1", [("code", text), ("state", state)])
    query = urlsplit(uri).query
    assert uri.startswith("https://app.example/cb?x=1&")
    found = parse_qs(query, keep_blank_values=True, encoding="latin-1")
    assert found["state"] == [state.decode("latin-1")]
    assert found["code"] == [text.encode().decode("latin-1")]
    assert found["x"] == ["1"]


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("https://a.example", "https://a.example?c=d"),
        ("https://a.example/?", "https://a.example/?c=d"),
        ("https://a.example/?x=1&", "https://a.example/?x=1&c=d"),
        ("com.example.app:/cb", "com.example.app:/cb?c=d"),
    ],
)
def test_separators_are_right(uri: str, expected: str) -> None:
    """A question mark or ampersand is added only where there is none."""
    assert redirects.append(uri, [("c", "d")]) == expected


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("https://App.Example/cb?x", "https://app.example"),
        ("https://app.example:443/cb", "https://app.example"),
        ("https://app.example:8443", "https://app.example:8443"),
        ("http://localhost:3000/cb", "http://localhost:3000"),
        ("http://localhost:80?x", "http://localhost"),
        ("com.example.app://host/cb", None),
        ("com.example.app:/cb", None),
    ],
)
def test_origins(uri: str, expected: str | None) -> None:
    """A web page's origin is scheme, host and port other than the scheme's own."""
    assert redirects.origin(uri) == expected
