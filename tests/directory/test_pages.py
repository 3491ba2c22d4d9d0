"""Pages and the links between them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatelodge.directory.filters import ExtensionFilter, UserFilter
from gatelodge.directory.pages import Page, count_pages, links

BASE = "https://api.example/api/accounts/1/users"


def hrefs(page: Page, total: int) -> dict[str, str]:
    """Return the links of a page without its base."""
    found = links(BASE, page, total, UserFilter())
    return {name: link.href.removeprefix(BASE) for name, link in found.items()}


def test_a_single_page_has_no_neighbours() -> None:
    """One page links to itself as first and last, page_size before page, as VBC's do."""
    here = "?page_size=100&page=1"
    assert hrefs(Page(), 51) == {"first": here, "self": here, "last": here}
    assert hrefs(Page(), 0) == {"first": here, "self": here, "last": here}


def test_a_page_in_the_middle_has_both_neighbours() -> None:
    """A page between others links to the one before and the one behind."""
    assert hrefs(Page(number=2, size=10), 25) == {
        "first": "?page_size=10&page=1",
        "self": "?page_size=10&page=2",
        "last": "?page_size=10&page=3",
        "prev": "?page_size=10&page=1",
        "next": "?page_size=10&page=3",
    }


def test_a_page_behind_the_end_leads_back_to_the_last() -> None:
    """Somebody who went too far finds the last page behind prev."""
    found = hrefs(Page(number=9, size=10), 25)
    assert found["prev"] == "?page_size=10&page=3"
    assert "next" not in found


def test_filters_go_along() -> None:
    """The links keep what the list was narrowed to, encoded."""
    chosen = ExtensionFilter(location_id=7, email="a+b@c.example")
    found = links(BASE, Page(), 1, chosen)
    assert found["self"].href.endswith("&page=1&location_id=7&email=a%2Bb%40c.example")


@pytest.mark.parametrize(("total", "pages"), [(0, 0), (1, 1), (10, 1), (11, 2)])
def test_pages_are_counted(total: int, pages: int) -> None:
    """A list has as many pages as it takes, and none when it is empty."""
    assert count_pages(total, 10) == pages


@given(st.integers(0, 500), st.integers(1, 60))
def test_following_next_reaches_the_last_page(total: int, size: int) -> None:
    """From the first page, next leads through every page and ends at last."""
    number, seen = 1, 1
    while "next" in (found := links(BASE, Page(number=number, size=size), total, UserFilter())):
        number += 1
        seen += 1
    assert found["self"] == found["last"]
    assert seen == max(1, count_pages(total, size))
