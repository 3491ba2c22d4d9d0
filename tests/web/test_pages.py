"""Pages: what templates get, which headers go along, how static files are named."""

import hashlib
import re

from gatelodge.settings import Settings
from gatelodge.web.csrf import Csrf
from gatelodge.web.pages import STATIC, Pages
from tests.web.requests import cookies_of, page_request

SETTINGS = Settings(base_url="https://login.example", product_name="Tests & Co")
PAGES = Pages(SETTINGS, Csrf(b"c" * 32, origin=SETTINGS.issuer, secure=True))
THEME = "__Host-gatelodge-theme"


def body(cookies: dict[str, str] | None = None) -> str:
    """Return the text of a page."""
    response = PAGES.render(page_request(cookies=cookies), "auth/signout.html")
    return bytes(response.body).decode()


def test_every_page_has_the_headers() -> None:
    """A strict policy, no framing, no referrer, no copy; form-action only where it may be."""
    response = PAGES.render(page_request(), "auth/signout.html", status=422)
    assert response.status_code == 422
    assert response.headers["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        "form-action 'self'"
    )
    assert response.headers["x-frame-options"] == "DENY"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["cache-control"] == "no-store"
    assert set(cookies_of(response)) == {"__Host-gatelodge-browser"}
    free = PAGES.render(page_request(), "auth/signout.html", form_action=False)
    assert "form-action" not in free.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in free.headers["content-security-policy"]


def test_values_are_escaped() -> None:
    """Names and addresses are text."""
    assert "Tests &amp; Co" in body()
    here = page_request(path="/page?a=<b>")
    text = bytes(PAGES.render(here, "auth/signout.html").body).decode()
    assert "/page?a=&lt;b&gt;" in text
    text = bytes(PAGES.render(here, "auth/signout.html", here="/mine").body).decode()
    assert 'value="/mine"' in text


def test_only_known_colours_are_taken_from_the_cookie() -> None:
    """A cookie is a stranger's text."""
    assert 'data-bs-theme="dark"' in body({THEME: "dark"})
    assert "data-bs-theme" not in body({THEME: "x"})
    assert "data-bs-theme" not in body()


def test_static_addresses_change_with_the_content() -> None:
    """The hash lets browsers keep a file for ever; icons come from one file."""
    content = (STATIC / "gatelodge.css").read_bytes()
    digest = hashlib.sha256(content).hexdigest()[:12]
    assert PAGES.static("gatelodge.css") == f"/static/gatelodge.css?v={digest}"
    assert re.fullmatch(
        r'<svg class="icon"[^>]*><use href="/static/vendor/icons.svg\?v=\w+#user"/></svg>',
        str(PAGES.icon("user")),
    )
