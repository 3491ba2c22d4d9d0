"""The query of a list is read once; every bad parameter is named."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatelodge.directory.errors import InvalidParameters
from gatelodge.directory.filters import ExtensionFilter, UserFilter, digits
from gatelodge.directory.pages import Page
from gatelodge.directory.parameters import (
    MAX_ID,
    read_extension_name,
    read_extension_query,
    read_id,
    read_user_query,
)


def problems(query: bytes, read: object = read_extension_query) -> dict[str, str]:
    """Return what is wrong with a query, by parameter."""
    assert callable(read)
    with pytest.raises(InvalidParameters) as caught:
        read(query)
    return {problem.name: problem.reason for problem in caught.value.problems}


def test_nothing_asked_is_the_first_hundred() -> None:
    """Without a query the first page of 100 is asked for, unfiltered."""
    assert read_extension_query(b"").page == Page(number=1, size=100)
    assert read_extension_query(b"").chosen == ExtensionFilter()
    assert read_user_query(b"").page == Page(number=1, size=100)
    assert read_user_query(b"").chosen == UserFilter()


def test_every_filter_of_extensions_is_read() -> None:
    """Each parameter of the extensions list ends up in its field, the number as digits."""
    query = (
        b"page_size=2&page=3&location_id=7&phone_number=%2B1+(555)+555-0100"
        b"&login_name=j%C3%B6rg&email=A%40b.example"
    )
    asked = read_extension_query(query)
    assert asked.page == Page(number=3, size=2)
    assert asked.page.offset == 4
    assert asked.chosen == ExtensionFilter(
        location_id=7, phone_number="15555550100", login_name="jörg", email="A@b.example"
    )


def test_every_filter_of_users_is_read() -> None:
    """Each parameter of the users list ends up in its field."""
    asked = read_user_query(b"first_name=Ann&last_name=Lee&login_name=al&email=a%40b.example")
    assert asked.chosen == UserFilter(
        first_name="Ann", last_name="Lee", login_name="al", email="a@b.example"
    )


def test_unknown_parameters_are_ignored() -> None:
    """A parameter the list does not know changes nothing, even given twice."""
    assert read_user_query(b"x=1&x=2&location_id=zzz") == read_user_query(b"")


def test_every_bad_parameter_is_named() -> None:
    """All mistakes are listed at once."""
    found = problems(b"page_size=0&page=-1&location_id=x&phone_number=abc&login_name=&email=%00")
    assert list(found) == [
        "page_size",
        "page",
        "location_id",
        "phone_number",
        "login_name",
        "email",
    ]
    assert found["page_size"] == "must be a whole number from 1 to 1000"
    assert found["phone_number"] == "must be a phone number"
    assert "control characters" in found["email"]


@pytest.mark.parametrize(
    "written", ["0", "1001", "", "+5", "5.0", "1e2", "٣", "0x1", " 5", "9" * 5000]
)
def test_a_page_size_is_a_plain_number_up_to_1000(written: str) -> None:
    """Anything but 1 to 1000 in ASCII digits is refused."""
    assert list(problems(f"page_size={written.replace('+', '%2B')}".encode())) == ["page_size"]


def test_the_largest_values_are_taken() -> None:
    """The bounds themselves are good."""
    asked = read_extension_query(f"page_size=1000&page=1000000000&location_id={MAX_ID}".encode())
    assert asked.page == Page(number=1_000_000_000, size=1000)
    assert asked.chosen.location_id == MAX_ID
    assert list(problems(f"location_id={MAX_ID + 1}".encode())) == ["location_id"]


@pytest.mark.parametrize(
    "name", ["page", "page_size", "location_id", "phone_number", "login_name", "email"]
)
def test_a_known_parameter_given_twice_is_refused(name: str) -> None:
    """Two values for one parameter are no answer, even equal ones."""
    assert problems(f"{name}=1&{name}=1".encode()) == {name: "must be given once"}


@pytest.mark.parametrize("query", [b"email=%ff", b"\xff=1", b"&".join([b"a=1"] * 101)])
def test_a_query_that_cannot_be_read_is_refused_as_a_whole(query: bytes) -> None:
    """Bytes that are no UTF-8, and queries of more than a hundred fields, are refused."""
    assert list(problems(query, read_user_query)) == ["query"]


@given(st.binary(max_size=60))
def test_any_query_is_read_or_refused(query: bytes) -> None:
    """No query makes anything but a value or InvalidParameters."""
    for read in (read_extension_query, read_user_query):
        with contextlib.suppress(InvalidParameters):
            read(query)


@pytest.mark.parametrize(
    ("written", "value"),
    [("1", 1), ("007", 7), (str(MAX_ID), MAX_ID), (str(MAX_ID + 1), None), ("", None), ("²", None)],
)
def test_identifiers_fit_a_column(written: str, value: int | None) -> None:
    """An identifier is ASCII digits within 63 bits."""
    assert read_id(written) == value


def test_extension_names_are_plain() -> None:
    """A path names an extension in letters, digits and ``._-`` only."""
    assert read_extension_name("abc-1.2_3") == "abc-1.2_3"
    assert read_extension_name("") is None
    assert read_extension_name("a\0") is None
    assert read_extension_name("a" * 65) is None


def test_phone_numbers_are_compared_by_their_digits() -> None:
    """Punctuation people write is dropped; anything else makes it no number."""
    assert digits("+1 (555) 555-01.00") == "15555550100"
    assert digits("٣٣") is None
    assert digits("call me") is None
