"""What the API answers: HAL documents, and errors in the two shapes VBC's clients know."""

import msgspec

from gatelodge.directory.errors import InvalidParameters
from gatelodge.directory.filters import ExtensionFilter, UserFilter
from gatelodge.directory.pages import Link, Page, count_pages, links
from gatelodge.web.http import Reply, json_reply


class Embedded(msgspec.Struct, frozen=True):
    """A HAL document of one record or of a list that has no pages."""

    links: dict[str, Link] = msgspec.field(name="_links")
    embedded: dict[str, object] = msgspec.field(name="_embedded")


class EmbeddedPage(msgspec.Struct, frozen=True):
    """A HAL document of one page of a list."""

    page_size: int
    page: int
    total_pages: int
    total_items: int
    links: dict[str, Link] = msgspec.field(name="_links")
    embedded: dict[str, object] = msgspec.field(name="_embedded")


def whole(href: str, name: str, value: object) -> Embedded:
    """Return ``value`` as what is found at ``href``, under its name."""
    return Embedded({"self": Link(href)}, {name: value})


def paged(
    href: str, page: Page, chosen: ExtensionFilter | UserFilter, total: int, embedded: object
) -> EmbeddedPage:
    """Return one page of the list at ``href``, under the last segment of its path."""
    return EmbeddedPage(
        page.size,
        page.number,
        count_pages(total, page.size),
        total,
        links(href, page, total, chosen),
        {href.rpartition("/")[2]: embedded},
    )


def refusal(status: int, message: str, headers: tuple[tuple[bytes, bytes], ...] = ()) -> Reply:
    """Return an error as ``{"msg", "status"}``."""
    return json_reply({"msg": message, "status": status}, status, headers)


def invalid(path: str, error: InvalidParameters) -> Reply:
    """Return what is wrong with the query of ``path``, every parameter named."""
    body = {
        "status": 400,
        "title": "Bad Request",
        "instance": path,
        "invalid_parameters": error.problems,
    }
    return json_reply(body, 400)
