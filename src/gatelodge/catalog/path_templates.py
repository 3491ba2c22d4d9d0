"""Path templates of OpenAPI (3.1 section 4.8.8): which of them the gateway can route by."""

import re

_EXPRESSION = re.compile(r"\{[^{}]+\}")
_DOTS = frozenset({".", ".."})
_NEVER = re.compile(r"[\x00-\x20\x7f?#\\]")


def problem(path: str) -> str | None:
    """Say why ``path`` cannot be a template the gateway routes by, ``None`` if it can."""
    if not path.startswith("/"):
        return "a path starts with a slash."
    if _NEVER.search(path):
        return "a path has no spaces, query, fragment or backslash."
    segments = split(path)
    if "" in segments or not _DOTS.isdisjoint(segments):
        return "a path has no empty segment and no dot segment."
    if "*" in segments:
        return "* stands for nothing in OpenAPI; describe the paths below it."
    rest = (_EXPRESSION.sub("", segment) for segment in segments)
    if any("{" in segment or "}" in segment for segment in rest):
        return "a brace is left open, empty or inside another."
    return None


def split(path: str) -> list[str]:
    """Return the segments of a template; one slash at its end means nothing."""
    return path.removesuffix("/").split("/")[1:]


def shape(path: str) -> tuple[str, ...]:
    """Return what the template matches: names of its parameters do not count."""
    return tuple(_EXPRESSION.sub("{}", segment) for segment in split(path))
