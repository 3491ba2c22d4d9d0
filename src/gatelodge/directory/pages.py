"""Pages of a list and the links between them (HAL, draft-kelly-json-hal)."""

from urllib.parse import urlencode

import msgspec

from gatelodge.directory.filters import ExtensionFilter, UserFilter

DEFAULT_PAGE_SIZE = 100
MAX_PAGE_SIZE = 1_000
MAX_PAGE = 1_000_000_000


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of a list is asked for; ``number`` counts from 1."""

    number: int = 1
    size: int = DEFAULT_PAGE_SIZE

    @property
    def offset(self) -> int:
        """How many records come before this page."""
        return (self.number - 1) * self.size


class Link(msgspec.Struct, frozen=True):
    """One HAL link."""

    href: str


def count_pages(total: int, size: int) -> int:
    """Return how many pages of ``size`` hold ``total`` records; none for none."""
    return -(-total // size)


def links(
    base: str, page: Page, total: int, chosen: ExtensionFilter | UserFilter
) -> dict[str, Link]:
    """Return the links of one page of the list at ``base``, which carry its filters along.

    ``page_size`` comes before ``page``, as VBC's do; a list of one page has no ``prev`` or
    ``next``, and ``prev`` of a page behind the end leads to the last one there is.
    """
    given = [(name, v) for name, v in msgspec.structs.asdict(chosen).items() if v is not None]
    rest = f"&{urlencode(given)}" if given else ""

    def to(number: int) -> Link:
        return Link(f"{base}?page_size={page.size}&page={number}{rest}")

    last = max(1, count_pages(total, page.size))
    found = {"first": to(1), "self": to(page.number), "last": to(last)}
    if page.number > 1:
        found["prev"] = to(min(page.number - 1, last))
    if page.number < last:
        found["next"] = to(page.number + 1)
    return found
