"""The JSON form of an import: read in pieces, and wrong places found exactly."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatelodge.directory import json_text
from gatelodge.directory.import_json import read_json
from gatelodge.directory.import_rows import FileRefused, Found, Place
from gatelodge.directory.json_places import Fragment
from gatelodge.directory.json_text import JsonText

GOOD = """{
  "accounts": [
    {"id": 7, "name": "Ünïcode \\ud83d\\ude00",
     "locations": [ {"id": 1}, {"id": 2} ],
     "users": [],
     "extensions": [{"dids": [{"phone_number": "1"}]}],
     "status": "ACTIVE"},
    {}
  ]
}
"""


def pieces(text: str, size: int) -> Iterator[str]:
    """Cut a text into pieces."""
    return (text[start : start + size] for start in range(0, len(text), size))


def read(text: str, size: int = 10_000) -> list[Found]:
    """Read a whole text given in pieces of a size."""
    return list(read_json(pieces(text, size)))


def refused(text: str, size: int = 10_000) -> tuple[int, int, str]:
    """Return the one mistake a text is refused for."""
    with pytest.raises(FileRefused) as caught:
        read(text, size)
    (mistake,) = caught.value.mistakes
    return mistake.line, mistake.column, mistake.message


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50, 10_000])
def test_objects_are_found_whatever_the_pieces(size: int) -> None:
    """Accounts and what is in their lists come out the same however the text is cut."""
    found = read(GOOD, size)
    assert [(f.kind, f.account_id, f.value) for f in found] == [
        ("location", 7, {"id": 1}),
        ("location", 7, {"id": 2}),
        ("extension", 7, {"dids": [{"phone_number": "1"}]}),
        ("account", None, {"id": 7, "name": "Ünïcode 😀", "status": "ACTIVE"}),
        ("account", None, {}),
    ]


@pytest.mark.parametrize("size", [1, 5, 10_000])
def test_places_are_lines_and_columns(size: int) -> None:
    """Every value's place is found, one that is not there is where its object begins."""
    _first, second, extension, account, empty = read(GOOD, size)
    assert second.where.place(()) == Place(4, 32)
    assert second.where.place(("id",)) == Place(4, 39)
    assert second.where.place(("name", "x")) == Place(4, 32)
    assert extension.where.place(("dids", 0, "phone_number")) == Place(6, 48)
    assert account.where.place(()) == Place(3, 5)
    assert account.where.place(("name",)) == Place(3, 23)
    assert account.where.place(("address", "city")) == Place(3, 5)
    assert empty.where.place(()) == Place(8, 5)


def test_an_account_that_is_no_object_is_found_for_the_rules_to_refuse() -> None:
    """A wrong type in the list of accounts is a mistake of that entry, not of the text."""
    (found,) = read('{"accounts": [5]}')
    assert (found.kind, found.value, found.where.place(())) == ("account", 5, Place(1, 15))


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("", (1, 1), "the end of the file"),
        ("[]", (1, 1), "expected {"),
        ('{"accounts": [}', (1, 15), "not JSON"),
        ('{"accounts": []} x', (1, 18), "behind the end"),
        ('{"users": []}', (1, 11), 'expected "accounts"'),
        ('{"accounts": [] "x": 1}', (1, 17), "expected , or }"),
        ("{accounts: []}", (1, 2), "a name in quotes"),
        ('{"accounts": [\n {"id": 1, "id": 2}]}', (2, 18), "id is given twice"),
        ('{"accounts": [{"id": 1, "users": [], "users": []}]}', (1, 47), "users is given twice"),
        ('{"accounts": [{"users": []}]}', (1, 25), "id, a whole number, must come before"),
        ('{"accounts": [{"id": true, "users": []}]}', (1, 37), "must come before"),
        ('{"accounts": [{"id": 0, "users": []}]}', (1, 34), "must come before"),
        ('{"accounts": [{"id": NaN}]}', (1, 22), "NaN is not JSON"),
        ('{"accounts": [{"id": 1' + "0" * 5000 + "}]}", (1, 22), "Exceeds the limit"),
        ('{"accounts": [{"id": ' + "[" * 100_000, (1, 22), "nested too deeply"),
        ('{"accounts": [{"name": "a\nb"}]}', (1, 26), "not JSON"),
        ('{"accounts": [{"name": "abc', (1, 24), "not JSON"),
        (
            '{"accounts": [{"id": 1, "users": [{"id": 1, }, ' + " " * 99 + "]}]}",
            (1, 44),
            "not JSON",
        ),
    ],
)
def test_texts_that_cannot_be_read_are_refused_at_their_place(
    text: str, place: tuple[int, int], words: str
) -> None:
    """A text is refused with the line and column of what is wrong, however it is cut."""
    for size in (1, 64, 10_000) if len(text) < 1000 else (10_000,):
        line, column, message = refused(text, size)
        assert words in message, size
        if "not JSON" not in words:
            assert (line, column) == place, size
        else:
            assert line == place[0]


def test_a_name_given_twice_inside_an_object_is_found() -> None:
    """Every repeated name is listed with the place of its second value."""
    text = '{"accounts": [{"id": 1, "users": [{"a": 1,\n "a": {"b": 1, "b": 2}}]}]}'
    with pytest.raises(FileRefused) as caught:
        read(text, 30)
    assert [(m.line, m.column, m.message) for m in caught.value.mistakes] == [
        (2, 7, "a is given twice"),
        (2, 21, "b is given twice"),
    ]


def test_a_value_may_not_be_endless(monkeypatch: pytest.MonkeyPatch) -> None:
    """One value of more than the allowed length is refused before it fills the memory."""
    monkeypatch.setattr(json_text, "MAX_VALUE", 100)
    text = '{"accounts": [{"name": "' + "a" * 1000 + '"}]}'
    assert "longer than" in refused(text, 50)[2]


def test_control_characters_do_not_reach_the_terminal() -> None:
    """A name with an escape sequence is shown escaped."""
    assert refused('{"\\u001b[31m": []}')[2] == 'expected "accounts", not "\\x1b[31m"'


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(json_values, st.integers(1, 40), st.sampled_from([None, 1]))
def test_any_json_value_is_read_from_any_pieces(
    value: object, size: int, indent: int | None
) -> None:
    """The reader agrees with the standard library on every value."""
    text = JsonText(pieces(json.dumps(value, indent=indent) + " ", size))
    assert text.value()[0] == value
    assert text.peek() == ""
    assert text.peek() == "", "the end stays the end"


@given(json_values)
def test_the_place_of_every_value_is_where_it_is_written(value: object) -> None:
    """Decoding at each place found gives the value at that path."""
    text = json.dumps(value, indent=1)
    fragment = Fragment(text, Place(1, 1))
    lines = text.split("\n")

    def check(inner: object, path: tuple[str | int, ...]) -> None:
        place = fragment.place(path)
        rest = "\n".join([lines[place.line - 1][place.column - 1 :], *lines[place.line :]])
        assert json.JSONDecoder().raw_decode(rest)[0] == inner
        if isinstance(inner, dict):
            for name, item in inner.items():
                check(item, (*path, name))
        if isinstance(inner, list):
            for index, item in enumerate(inner):
                check(item, (*path, index))

    check(value, ())
