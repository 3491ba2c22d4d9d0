"""An export of the activity log is checked without its database."""

import json
from collections.abc import Callable

import pytest

from gatelodge.operations import audit_chain, audit_file
from gatelodge.operations.audit_chain import Broken, Head
from gatelodge.storage import audit
from gatelodge.storage.connections import Connection
from gatelodge.storage.engine import Store
from tests.operations.conftest import ADMINISTRATOR, act

KEY = b"k" * 32


@pytest.fixture
async def lines(store: Store) -> list[str]:
    """Four lines as they are exported."""

    def note(conn: Connection) -> None:
        one = act(store, ADMINISTRATOR)
        for number in range(4):
            change = one.changing(None, {"name": "Zoë", "n": number})
            change.record(conn, "thing.make", "thing", number)
        audit_chain.seal_new(conn, KEY)

    await store.write(note)
    sealed = await store.read(lambda conn: list(audit.sealed_lines(conn, 3)))
    return [audit_file.written(line) for line in sealed]


def checked(lines: list[str], kept: Head | None = None) -> Head:
    """Return the head of a file of these lines."""
    return audit_chain.verify(KEY, audit_file.read(f"{line}\n".encode() for line in lines), kept)


def again(line: str) -> str:
    """Return a line as another program would write it."""
    return json.dumps(json.loads(line), sort_keys=True, indent=None, ensure_ascii=True)


def test_what_was_written(lines: list[str]) -> None:
    """It holds, whoever wrote its JSON anew; an earlier head is in it, a later one is not."""
    head = checked(lines)
    assert head.number == 4
    assert checked([again(line) for line in lines]) == head
    earlier = checked(lines[:2])
    assert checked(lines, earlier) == head
    with pytest.raises(Broken) as found:
        checked(lines[:2], head)
    assert found.value.number == 3
    assert checked([]).number == 0


def _added(line: str) -> str:
    values = json.loads(line)
    values["event"]["comment"] = "nothing happened"
    return json.dumps(values)


FALSIFIED: dict[str, Callable[[str], str]] = {
    "changed": lambda line: line.replace("thing.make", "thing.look"),
    "after": lambda line: line.replace('"n":1', '"n":7'),
    "before": lambda line: line.replace('"after":{', '"before":{},"after":{'),
    "added": _added,
    "beside": lambda line: line.replace('{"number"', '{"note":"x","number"'),
    "number": lambda line: line.replace('"number":2', '"number":3'),
    "no line": lambda _: "nothing",
    "empty": lambda _: "",
    "list": lambda _: "[]",
}


@pytest.mark.parametrize("name", FALSIFIED)
def test_what_is_falsified_is_found(lines: list[str], name: str) -> None:
    """The line is named, whatever was done to it."""
    falsified = FALSIFIED[name](lines[1])
    assert falsified != lines[1]
    with pytest.raises(Broken) as found:
        checked([lines[0], falsified, *lines[2:]])
    assert found.value.number == 2


def test_what_is_no_text(lines: list[str]) -> None:
    """Bytes that are no UTF-8 are no line."""
    with pytest.raises(Broken):
        audit_chain.verify(KEY, audit_file.read([lines[0].encode(), b"\xff"]))
