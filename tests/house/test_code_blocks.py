"""Every code block a reader may copy is run by a test, or checked by what it is meant for."""

import re
from pathlib import Path

import pytest

from tests.flows import fragments
from tests.flows.guide import blocks
from tests.house.sources import ROOT

FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
FENCE = re.compile(r"^ *(```|~~~)(.*)$", re.MULTILINE)
INDENTED = re.compile(r"(?:^|\n)\n(?: {4}|\t)\S")
TARGET = re.compile(r"^([a-z]+):", re.MULTILINE)
PAGES = sorted(
    [
        ROOT / "README.md",
        ROOT / "sdk" / "README.md",
        ROOT / "docs" / "start.md",
        *(ROOT / "docs" / "guides").glob("*.md"),
    ]
)


def _name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_block_says_what_it_is(page: Path, tmp_path: Path) -> None:
    """No block is written in a way that the reader of blocks overlooks; fragments hold."""
    text = page.read_text(encoding="utf-8")
    assert len(FENCE.findall(text)) == 2 * len(list(blocks(page)))
    assert INDENTED.search(FENCED.sub("", text)) is None, "indented: fence it, say what it is"
    targets = set(TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8")))
    for block in blocks(page):
        if block.kind == "fragment":
            fragments.check(block, tmp_path, targets)


def test_pages_that_can_be_run_are_run() -> None:
    """A page with a block for a terminal is named by a test that works through it."""
    tests = [path.read_text(encoding="utf-8") for path in (ROOT / "tests/flows").glob("test_*.py")]
    working = [text for text in tests if ".work_through(" in text]
    for page in PAGES:
        runs = any(block.kind != "fragment" for block in blocks(page))
        named = any(f'"{page.name}"' in text or f'"{_name(page)}"' in text for text in working)
        assert named or not runs, _name(page)
