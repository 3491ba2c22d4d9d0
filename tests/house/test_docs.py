"""Documentation that drifts from the code fails here."""

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from scripts import pages, reference
from tests.house.sources import ROOT, listed, tracked

LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)>\s]+)>?(?:\s+\"[^\"]*\")?\)")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)
HEADING = re.compile(r"^#+\s+(.+?)\s*$", re.MULTILINE)


def _pages() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".md"]


def _anchors(path: Path) -> set[str]:
    """Return a page's anchors as code hosts make them of headings."""
    heads = HEADING.findall(FENCE.sub("", path.read_text(encoding="utf-8")))
    words = (re.sub(r"[`*_]|\[|\]\([^)]*\)", "", head).lower() for head in heads)
    return {re.sub(r"[^\w\- ]", "", head).strip().replace(" ", "-") for head in words}


def test_relative_links_lead_somewhere() -> None:
    """Every link without a host leads to a tracked file and, where it names one, to a heading."""
    dead = []
    for page in _pages():
        for target in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
            parts = urlsplit(target)
            if parts.scheme or parts.netloc or parts.path.startswith("/"):
                continue
            place = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            is_there = place.exists() and (
                not parts.fragment or place.suffix != ".md" or parts.fragment in _anchors(place)
            )
            if not is_there:
                dead.append(f"{page.relative_to(ROOT)}: {target}")
    assert not dead, listed(dead)


@pytest.mark.parametrize("name", sorted(reference.PAGES))
def test_reference_says_what_the_code_does(name: str) -> None:
    """A generated page equals what the code generates now; `make reference` writes it."""
    written = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")
    assert written == reference.PAGES[name](), "run `make reference`"


def test_every_page_is_reachable() -> None:
    """Every page below docs is linked from the README or from another page."""
    linked = {
        (page.parent / unquote(urlsplit(target).path)).resolve()
        for page in _pages()
        for target in LINK.findall(page.read_text(encoding="utf-8"))
        if not urlsplit(target).scheme
    }
    index = ROOT / "docs" / "README.md"
    docs = [page for page in _pages() if page.is_relative_to(ROOT / "docs") and page != index]
    lonely = [str(page.relative_to(ROOT)) for page in docs if page not in linked]
    assert not lonely, listed(lonely)


def test_every_page_is_in_the_navigation() -> None:
    """The site leads to every page by itself: zensical.toml names them all."""
    navigation = (ROOT / "zensical.toml").read_text(encoding="utf-8")
    names = (path.relative_to(pages.ROOT) for path in pages.sources() if path.suffix == ".md")
    missing = [str(name) for name in names if f'"{name}"' not in navigation]
    assert not missing, listed(missing)
