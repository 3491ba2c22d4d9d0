"""Lay the tracked Markdown out in build/pages, as the code host shows it, for the site's generator.

The generator takes one directory, and pages link from docs/ to the root and back; a copy of the
same tree keeps every relative link as it is written. What stands behind a code block's language
tells our tests what to do with it (tests/flows/guide.py); on the site a file's name is a title.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "build" / "pages"
SOURCES = ("*.md", "docs/*", "sdk/*.md")
_FENCE = re.compile(r"^```(\w+) ([\w.-]+)$", re.MULTILINE)


def sources() -> Iterator[Path]:
    """Yield what belongs on the site: what git tracks or would track of it."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", *SOURCES]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return (path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file())


def lay_out(pages: Path = PAGES) -> None:
    """Copy the sources to ``pages``; what lay there before is gone."""
    shutil.rmtree(pages, ignore_errors=True)
    for source in sources():
        target = pages / source.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.suffix == ".md":
            target.write_text(for_site(source.read_text(encoding="utf-8")), encoding="utf-8")
        else:
            shutil.copyfile(source, target)


def for_site(text: str) -> str:
    """Return a page with the second word of each code block as the site's generator wants it."""
    return _FENCE.sub(_opening, text)


def _opening(fence: re.Match[str]) -> str:
    language, word = fence.groups()
    return f'```{language} title="{word}"' if "." in word else f"```{language}"


if __name__ == "__main__":
    lay_out()
