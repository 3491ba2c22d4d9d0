"""The documentation as a site: every link leads somewhere, and a reader asks nobody else."""

import functools
import html
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from playwright.async_api import Browser, expect

from scripts import pages

ZENSICAL = Path(sys.executable).with_name("zensical")
_TARGET = re.compile(r'\b(?:href|src)="?([^"\s>]+)')
_ID = re.compile(r'\bid="?([^"\s>]+)')


def build(folder: Path) -> subprocess.CompletedProcess[str]:
    """Build what is laid out in ``folder`` with the site's own settings, strictly."""
    shutil.copyfile(pages.ROOT / "zensical.toml", folder / "zensical.toml")
    command = [str(ZENSICAL), "build", "--strict"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of the built site."""
    folder = tmp_path_factory.mktemp("site")
    pages.lay_out(folder / "build" / "pages")
    done = build(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "build" / "site"


class _Quiet(SimpleHTTPRequestHandler):
    """Serves files."""

    def log_message(self, *args: object) -> None:
        """Say nothing of each file."""


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """Where the site is served."""
    handler = functools.partial(_Quiet, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_every_link_of_the_built_site_leads_somewhere(site: Path) -> None:
    """Navigation included; the page for what is not found, which has absolute addresses, apart."""
    built = [page for page in site.rglob("*.html") if page.name != "404.html"]
    assert len(built) >= len([path for path in pages.sources() if path.suffix == ".md"])
    anchors = {page: set(_ID.findall(page.read_text(encoding="utf-8"))) for page in built}
    dead = []
    for page in built:
        for target in _TARGET.findall(page.read_text(encoding="utf-8")):
            parts = urlsplit(html.unescape(target))
            if parts.scheme or parts.netloc:
                continue
            place = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            heading = unquote(parts.fragment)
            if not place.is_file() or (heading and heading not in anchors.get(place, {heading})):
                dead.append(f"{page.relative_to(site)}: {target}")
    assert dead == []


def test_dead_links_fail_the_build(tmp_path: Path) -> None:
    """Strict means strict, for pages and for headings."""
    folder = tmp_path / "build" / "pages"
    pages.lay_out(folder)
    with (folder / "docs" / "start.md").open("a", encoding="utf-8") as page:
        page.write("\n[gone](gone.md) [gone](start.md#gone)\n")
    done = build(tmp_path)
    assert done.returncode != 0
    assert "page does not exist" in done.stdout + done.stderr
    assert "anchor does not exist" in done.stdout + done.stderr


@pytest.mark.browser
async def test_a_reader_finds_a_page_and_asks_nobody_else(browser: Browser, address: str) -> None:
    """Search works without any other host, in the dark, and a narrow page does not scroll aside."""
    context = await browser.new_context(
        color_scheme="dark", reduced_motion="reduce", viewport={"width": 390, "height": 844}
    )
    page = await context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(f"{address}/docs/guides/publish-an-api.html")
    await expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "slate")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    await page.keyboard.press("Control+k")
    await page.keyboard.type("signing keys")
    await expect(page.get_by_role("link", name="Signing keys").first).to_be_visible()
    assert {urlsplit(url).netloc for url in asked} <= {urlsplit(address).netloc, ""}
    await context.close()
