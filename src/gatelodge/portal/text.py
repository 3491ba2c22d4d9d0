"""Publishers' prose as HTML: paragraphs and `code`, nothing else of Markdown."""

import re

from markupsafe import Markup, escape

_CODE = re.compile(r"`([^`\n]+)`")
_PARAGRAPHS = re.compile(r"\n\s*\n")


def inline(text: str) -> Markup:
    """Return one line of prose; what stands between back quotes is code."""
    parts = _CODE.split(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if index % 2 else escape(part)
        for index, part in enumerate(parts)
    )


def paragraphs(text: str) -> Markup:
    """Return prose with its empty lines as paragraphs."""
    blocks = (block.strip() for block in _PARAGRAPHS.split(text.replace("\r\n", "\n")))
    return Markup("").join(Markup("<p>{}</p>").format(inline(block)) for block in blocks if block)
