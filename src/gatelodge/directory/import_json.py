"""The JSON form of a directory import, read object by object.

``{"accounts": [{"id": 1, ..., "locations": [...], "users": [...], "extensions": [...]}]}``. An
account's ``id`` comes before its lists, so that the file never has to be held as a whole.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from gatelodge.directory.import_rows import Found, Kind, Path, Place
from gatelodge.directory.json_places import Fragment
from gatelodge.directory.json_text import JsonText
from gatelodge.directory.parameters import MAX_ID

_LISTS: dict[str, Kind] = {"locations": "location", "users": "user", "extensions": "extension"}


class _Members(msgspec.Struct, frozen=True):
    """Where the members of an account's object are: each was read by itself."""

    start: Place
    members: dict[str, Fragment]

    def place(self, path: Path) -> Place:
        """Return where the value at ``path`` begins, or the nearest one around it."""
        if not path or path[0] not in self.members:
            return self.start
        return self.members[str(path[0])].place(path[1:])


def read_json(pieces: Iterator[str]) -> Iterator[Found]:
    """Yield every object of the text. Raises ``FileRefused`` where it cannot be read on."""
    text = JsonText(pieces)
    text.take("{")
    for name in _members(text):
        if name != "accounts":
            text.refuse(f'expected "accounts", not "{name}"')
        text.take("[")
        for _ in _entries(text):
            yield from _account(text)
    if text.peek():
        text.refuse("there is something behind the end of the object")


def _account(text: JsonText) -> Iterator[Found]:
    text.peek()
    start = text.place
    if text.peek() != "{":
        value, fragment = text.value()
        yield Found(kind="account", account_id=None, value=value, where=fragment)
        return
    text.take("{")
    fields: dict[str, Any] = {}
    members: dict[str, Fragment] = {}
    lists: set[str] = set()
    for name in _members(text):
        if name in fields or name in lists:
            text.refuse(f"{name} is given twice")
        if name in _LISTS:
            lists.add(name)
            yield from _list(text, _LISTS[name], _owner(text, fields))
        else:
            fields[name], members[name] = text.value()
    where = _Members(start, members)
    yield Found(kind="account", account_id=None, value=fields, where=where)


def _owner(text: JsonText, fields: dict[str, Any]) -> int:
    account_id = fields.get("id")
    if type(account_id) is not int or not 1 <= account_id <= MAX_ID:
        text.refuse("the account's id, a whole number, must come before its lists")
    return account_id


def _list(text: JsonText, kind: Kind, account_id: int) -> Iterator[Found]:
    text.take("[")
    for _ in _entries(text):
        value, fragment = text.value()
        yield Found(kind=kind, account_id=account_id, value=value, where=fragment)


def _members(text: JsonText) -> Iterator[str]:
    """Yield each name of the object just opened, the reader standing before its value."""
    if text.peek() == "}":
        text.take("}")
        return
    while True:
        if text.peek() != '"':
            text.refuse("expected a name in quotes")
        name, _fragment = text.value()
        text.take(":")
        text.peek()
        yield name
        if text.take(",}") == "}":
            return


def _entries(text: JsonText) -> Iterator[None]:
    """Yield before each entry of the list just opened."""
    if text.peek() == "]":
        text.take("]")
        return
    while True:
        yield
        if text.take(",]") == "]":
            return
