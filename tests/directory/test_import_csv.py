"""The CSV form of an import: rows by kind, and wrong cells found exactly."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatelodge.directory.import_csv import COLUMNS, read_csv
from gatelodge.directory.import_rows import FileRefused, Found, Mistake, Place


def lines(text: str) -> Iterator[str]:
    """Return a text's lines with their ends."""
    return iter(text.splitlines(keepends=True))


def read(text: str) -> list[Found]:
    """Read a text whose rows are good."""
    found = []
    for item in read_csv(lines(text)):
        assert isinstance(item, Found)
        found.append(item)
    return found


def mistakes(text: str) -> list[tuple[int, int, str]]:
    """Return what is wrong with a text's rows, or with the text."""
    try:
        found = list(read_csv(lines(text)))
    except FileRefused as error:
        return [(m.line, m.column, m.message) for m in error.mistakes]
    return [(m.line, m.column, m.message) for m in found if isinstance(m, Mistake)]


def test_rows_become_objects() -> None:
    """Each row is an object of its kind; empty cells are fields not given."""
    text = (
        "kind,account_id,id,name,address_1,city,state,login_name,mobile,home,location_id,"
        "dnd_enabled,dids,handsets\r\n"
        "account,,1,Acme,1 Main,Town,,,,,,,,\r\n"
        "\r\n"
        ",,,,,,,,,,,,,\n"
        'location,1,5,"East, Wing",2 Main,Town,NJ,,,,,,,\r\n'
        "user,1,6,,,,active,jo,15555550100,,,,,\r\n"
        "extension,1,,,,,,,,,5,TRUE, 15555550100|Sales ; 15555550101 ,one|sip1;two\r\n"
        "extension,1,,,,,,,,,x,maybe,,\n"
    )
    account, location, user, extension, odd = read(text)
    assert account.value == {
        "address": {"address_1": "1 Main", "city": "Town"},
        "id": 1,
        "name": "Acme",
    }
    assert (account.kind, account.account_id) == ("account", None)
    assert location.value == {
        "address": {"address_1": "2 Main", "city": "Town", "state": "NJ"},
        "id": 5,
        "name": "East, Wing",
    }
    assert (location.kind, location.account_id) == ("location", 1)
    assert user.value == {
        "contact_numbers": [
            {"type": "Mobile", "value": "15555550100"},
            {"type": "Home", "value": None},
        ],
        "id": 6,
        "state": "active",
        "login_name": "jo",
    }
    assert extension.value == {
        "location_id": 5,
        "dnd_enabled": True,
        "dids": [
            {"phone_number": "15555550100", "custom_tag": "Sales"},
            {"phone_number": "15555550101"},
        ],
        "handsets": [{"handset_name": "one", "sip_id": "sip1"}, {"handset_name": "two"}],
    }
    assert odd.value == {"location_id": "x", "dnd_enabled": "maybe"}


def test_places_are_cells() -> None:
    """A value's place is its cell, also behind quotes, commas and line ends in cells."""
    text = (
        "kind,name,address_1,home,account_id,fax,dids\n"
        'account,"a, ""b""\nc",,,,,\n'
        'user,"x\ny",z,1,7,2,3\n'
    )
    account, user = read(text)
    assert account.where.place(()) == Place(2, 1)
    assert account.where.place(("name",)) == Place(2, 9)
    assert account.where.place(("address", "address_1")) == Place(3, 4)
    assert account.where.place(("address", "city")) == Place(2, 1)
    assert user.where.place(("name",)) == Place(4, 6)
    assert user.where.place(("contact_numbers", 0, "value")) == Place(5, 6)
    assert user.where.place(("contact_numbers", 1)) == Place(5, 10)
    assert user.where.place(("dids", 0, "phone_number")) == Place(5, 12)
    assert user.where.place(("contact_numbers",)) == Place(4, 1)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", [(1, 1, "the first row must name the columns, kind among them")]),
        (
            "id,kind,id,,nme\n",
            [
                (1, 9, "id: is there twice"),
                (1, 12, "empty: is no known column"),
                (1, 13, "nme: is no known column"),
            ],
        ),
        (
            "kind,id\ncat,1\n,2\n",
            [
                (2, 1, "kind must be one of account, location, user, extension"),
                (3, 1, "kind must be one of account, location, user, extension"),
            ],
        ),
        (
            "kind,account_id\nuser,x\nuser,\nuser,0\n",
            [(line, 6, "user account_id: must be a whole number from 1") for line in (2, 3, 4)],
        ),
        ("kind,id\naccount,1,2,3\n", [(2, 11, "the row has more than 2 cells")]),
        (
            'kind,id\naccount,"1\n2\n',
            [(2, 1, "the row cannot be read: unexpected end of data")],
        ),
    ],
)
def test_rows_that_cannot_be_used_are_mistakes(
    text: str, found: list[tuple[int, int, str]]
) -> None:
    """What is wrong with header or row is said with its line and column."""
    assert mistakes(text) == found


def test_a_row_without_its_account_column_is_a_mistake_of_the_row() -> None:
    """Where there is no column to point at, the row is pointed at."""
    assert mistakes("kind,id\nuser,1\n") == [
        (2, 1, "user account_id: must be a whole number from 1")
    ]


@given(
    st.lists(st.lists(st.sampled_from(["1", '"', ",", "user", " ", "\n", "|", ";"])), max_size=6)
)
def test_any_rows_are_read_or_refused(cells: list[list[str]]) -> None:
    """No text makes anything but objects and mistakes."""
    body = "\n".join("".join(row) for row in cells)
    mistakes(f"{','.join(COLUMNS)}\n{body}")
