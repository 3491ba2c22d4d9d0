"""What the portal's templates call, beside what every page gets."""

from collections.abc import Callable, Mapping
from typing import Any

from gatelodge.portal import highlight, text
from gatelodge.web import wording

FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "duration": wording.duration,
    "highlight": highlight.highlight,
    "inline": text.inline,
    "paragraphs": text.paragraphs,
}
"""By the name templates use; hand it to ``Pages``."""
