"""What the activity log says of before and after: what differs, and never a secret."""

from typing import Any

import msgspec
import pytest

from gatelodge.identity.developers import Developer
from gatelodge.operations.differences import SHOWN, Difference, difference

NEVER = ("digest", "hash", "sealed", "secret", "credential_id", "public_key")
"""Words of fields that hold a secret or what could be tried against one."""


def test_lists_name_fields_that_may_be_shown() -> None:
    """Each list is of a record's own fields, and none of them is a secret."""
    for record, fields in SHOWN.items():
        assert set(fields) <= set(record.__struct_fields__), record
        assert not [field for field in fields if any(word in field for word in NEVER)], record


PERSON = Developer(
    id=1,
    email="a@example.com",
    name="A",
    roles=frozenset({"publisher", "developer"}),
    state="active",
    password_hash="$argon2id$secret",
    created_at=1,
)
SEEN: dict[str, Any] = {
    "email": "a@example.com",
    "name": "A",
    "roles": ["developer", "publisher"],
    "state": "active",
}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (None, None, Difference()),
        (None, PERSON, Difference(None, SEEN)),
        (PERSON, None, Difference(SEEN, None)),
        (PERSON, PERSON, Difference({}, {})),
        (
            PERSON,
            msgspec.structs.replace(PERSON, state="disabled", password_hash=None),
            Difference({"state": "active"}, {"state": "disabled"}),
        ),
        ({"a": 1}, {"b": 1}, Difference({"a": 1, "b": None}, {"a": None, "b": 1})),
    ],
)
def test_what_differs(before: Any, after: Any, expected: Difference) -> None:
    """Everything of what is new or gone, else what is not the same."""
    assert difference(before, after) == expected
