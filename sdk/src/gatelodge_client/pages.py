"""Lists that come in pages: what a page says about the next one, whichever way a server says it."""

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

import msgspec

from gatelodge_client.errors import UnexpectedAnswer
from gatelodge_client.models import Model
from gatelodge_client.reading import read

M = TypeVar("M", bound=Model)
PAGE_SIZE = 100


class Page(msgspec.Struct, Generic[M], frozen=True, kw_only=True):
    """One page; totals are None where the server does not tell them."""

    items: tuple[M, ...]
    number: int = 1
    page_size: int | None = None
    total_pages: int | None = None
    total_items: int | None = None
    has_next: bool = False


def embedded(body: object, name: str) -> Any:
    """Return what an answer is about: `_embedded` with its own name, or `data` (as in the spec)."""
    inside = body.get("_embedded", body) if isinstance(body, Mapping) else None
    if isinstance(inside, Mapping):
        for key in (name, "data"):
            if key in inside:
                return inside[key]
    raise UnexpectedAnswer(f"The answer has no {name!r}")


def page(model: type[M], body: Mapping[str, Any], name: str, number: int) -> Page[M]:
    """Return a page of models; a single object where a list is expected is a list of one."""
    found = embedded(body, name)
    rows = found if isinstance(found, list) else [] if found is None else [found]
    total = _number(body, "total_pages", "total_page")
    return Page(
        items=tuple(read(model, row) for row in rows),
        number=number,
        page_size=_number(body, "page_size"),
        total_pages=total,
        total_items=_number(body, "total_items"),
        has_next=bool(rows) and _goes_on(body, total, number),
    )


def _goes_on(body: Mapping[str, Any], total: int | None, number: int) -> bool:
    """Say whether there is a page after this one; without any sign of pages there is none."""
    if total is not None:
        return number < total
    links = body.get("_links")
    if isinstance(links, Mapping) and "next" in links:
        return True
    items, size = _number(body, "total_items"), _number(body, "page_size")
    return items is not None and size is not None and number * size < items


def _number(body: Mapping[str, Any], *names: str) -> int | None:
    """Return a count, which some of these APIs send as text."""
    for name in names:
        value = body.get(name)
        if isinstance(value, int) or (isinstance(value, str) and value.isdigit()):
            return int(value)
    return None
