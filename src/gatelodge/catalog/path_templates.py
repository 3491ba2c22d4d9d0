"""Path templates of OpenAPI (section 4.8.8), and ``*`` at the end for everything below."""

import re

WILDCARD = "*"
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
    if "" in segments:
        return "a path has no empty segment."
    if not _DOTS.isdisjoint(segments):
        return "a path has no dot segment."
    if any(WILDCARD in segment for segment in segments[:-1]):
        return "* stands for everything below and comes last."
    rest = (_EXPRESSION.sub("", segment) for segment in segments)
    if any("{" in segment or "}" in segment for segment in rest):
        return "a brace is left open, empty or inside another."
    return None


def split(path: str) -> list[str]:
    """Return the segments of a template; one slash at its end means nothing."""
    whole = path.removesuffix("/")
    return whole.split("/")[1:]


def shape(path: str) -> tuple[str, ...]:
    """Return what the template matches: names of its parameters do not count."""
    return tuple(_EXPRESSION.sub("{}", segment) for segment in split(path))


def pattern(segment: str) -> re.Pattern[bytes] | None:
    """Return what a segment with a parameter inside matches; ``None`` without, or when it is one.

    ``{name}.json`` needs at least one byte for the name.
    """
    if "{" not in segment or is_parameter(segment):
        return None
    fixed = _EXPRESSION.split(segment)
    return re.compile(b"(?s:.+?)".join(re.escape(part.encode()) for part in fixed))


def is_parameter(segment: str) -> bool:
    """Say whether the segment is one parameter and nothing else."""
    return _EXPRESSION.fullmatch(segment) is not None
