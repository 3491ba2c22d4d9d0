"""What each kind of object may hold, and that a file names nothing twice."""

from typing import Any

import msgspec
import pytest

from gatelodge.directory.import_check import check
from gatelodge.directory.import_rows import (
    AccountRow,
    ExtensionRow,
    Found,
    Kind,
    LocationRow,
    Mistake,
    Path,
    Place,
    UserRow,
)
from gatelodge.directory.import_seen import Seen

ADDRESS = {"address_1": "1 Main", "city": "Town", "country": "US", "postal_code": "07733"}
HASH = "$argon2id$v=19$m=19456,t=2,p=1$Z2F0ZWxvZGdlLWRlbW8tMQ$" + "a" * 43
OBJECTS: dict[Kind, dict[str, Any]] = {
    "account": {"id": 1, "name": "Acme", "address": ADDRESS},
    "location": {"id": 2, "name": "East", "address": {**ADDRESS, "time_zone": "America/New York"}},
    "user": {
        "id": 3,
        "login_name": "jo@acme",
        "email": "jo@acme.example",
        "first_name": "Jo",
        "last_name": "Lee",
    },
    "extension": {"external_id": "e1", "extension_number": "100", "location_id": 2},
}


class Nowhere(msgspec.Struct):
    """A place that tells the path it was asked for by its column."""

    asked: list[Path]

    def place(self, path: Path) -> Place:
        """Remember the path."""
        self.asked.append(path)
        return Place(1, len(path) + 1)


def checked(kind: Kind, /, **changes: Any) -> Any:
    """Check a good object with some fields changed; ``...`` leaves a field out."""
    value = {name: v for name, v in {**OBJECTS[kind], **changes}.items() if v is not ...}
    account_id = None if kind == "account" else 1
    return check(Found(kind=kind, account_id=account_id, value=value, where=Nowhere([])))


def wrong(kind: Kind, /, **changes: Any) -> list[str]:
    """Return the words for every mistake in a good object with some fields changed."""
    found = checked(kind, **changes)
    assert isinstance(found, list)
    assert all(isinstance(mistake, Mistake) for mistake in found)
    return [mistake.message for mistake in found]


def test_a_minimal_object_of_each_kind_is_good() -> None:
    """What may be left out has a value of its own, or is left as it is stored."""
    account = checked("account")
    assert isinstance(account, AccountRow)
    assert (account.account.status, account.account.address.address_2) == ("ACTIVE", None)
    location = checked("location")
    assert isinstance(location, LocationRow)
    assert (location.account_id, location.location.address.state) == (1, None)
    user = checked("user")
    assert isinstance(user, UserRow)
    assert (user.contact_numbers, user.role, user.state, user.password_hash) == ((), *[None] * 3)
    extension = checked("extension")
    assert isinstance(extension, ExtensionRow)
    assert (extension.user_id, extension.service_type_name, extension.dids) == (None, "UX", ())


def test_whole_objects_are_good() -> None:
    """Every field there is can be given."""
    user = checked(
        "user",
        contact_numbers=[
            {"type": "Mobile", "value": "+1 555 555-0100"},
            {"type": "Fax", "value": None},
        ],
        role="administrator",
        state="disabled",
        password_hash=HASH,
    )
    assert [number.value for number in user.contact_numbers] == ["15555550100", None]
    extension = checked(
        "extension",
        user_id=3,
        caller_id="Acme",
        block_caller_id=True,
        dnd_enabled=True,
        vtt_enabled=True,
        service_type_name="QUEUE",
        dids=[{"phone_number": "1-555", "custom_tag": "Sales"}, {"phone_number": "2"}],
        handsets=[{"handset_name": "one", "sip_id": "s1"}],
    )
    assert [did.phone_number for did in extension.dids] == ["1555", "2"]
    assert extension.handsets[0].sip_id == "s1"


ID = "must be a whole number from 1 to 9223372036854775807"


@pytest.mark.parametrize(
    ("kind", "changes", "words"),
    [
        ("account", {"id": ...}, ["account: id is missing"]),
        ("account", {"id": True}, [f"account id: {ID}"]),
        ("account", {"id": 2**63}, [f"account id: {ID}"]),
        ("account", {"address": "x"}, ["account address: must be an object"]),
        ("account", {"name": 5}, ["account name: must be text"]),
        ("account", {"name": ""}, ["account name: must have 1 to 200 characters"]),
        (
            "account",
            {"status": "open"},
            ["account status: must be one of ACTIVE, SUSPENDED, CLOSED"],
        ),
        ("account", {"status": []}, ["account status: must be one of ACTIVE, SUSPENDED, CLOSED"]),
        ("account", {"nme": 1}, ["account nme: is no known field"]),
        ("account", {"na\x1bme": 1}, ["account na\\x1bme: is no known field"]),
        ("location", {"address": ADDRESS}, ["location address: time_zone is missing"]),
        (
            "user",
            {"login_name": "a b"},
            ["user login_name: must be letters, digits and . _ @ + ' - only"],
        ),
        ("user", {"email": "a@b"}, ["user email: must be an e-mail address"]),
        ("user", {"contact_numbers": {}}, ["user contact_numbers: must be a list"]),
        (
            "user",
            {"contact_numbers": [0] * 21},
            ["user contact_numbers: must have at most 20 entries"],
        ),
        ("user", {"contact_numbers": [1]}, ["user contact_numbers.0: must be an object"]),
        (
            "user",
            {"contact_numbers": [{"type": "Pager", "value": 5}]},
            [
                "user contact_numbers.0.type: must be one of Mobile, Home, Fax",
                "user contact_numbers.0.value: must be a phone number of 1 to 15 digits",
            ],
        ),
        (
            "extension",
            {"extension_number": "x1"},
            ["extension extension_number: must be digits, written as text"],
        ),
        ("extension", {"extension_number": 100}, ["extension extension_number: must be text"]),
        (
            "extension",
            {"external_id": "a/b"},
            ["extension external_id: must be letters, digits and . _ - only"],
        ),
        ("extension", {"dnd_enabled": 1}, ["extension dnd_enabled: must be true or false"]),
        (
            "extension",
            {"dids": [{"phone_number": "1"}, {"phone_number": "+1"}]},
            ["extension dids.1.phone_number: the extension already has this number"],
        ),
    ],
)
def test_each_mistake_is_said(kind: Kind, changes: dict[str, Any], words: list[str]) -> None:
    """A wrong field is named with what it must be."""
    assert wrong(kind, **changes) == words


@pytest.mark.parametrize("name", ["a\tb", "a\n", " a", "a ", "a\ud800", "\u202e", "a\0"])
def test_text_is_one_clean_line(name: str) -> None:
    """Control characters, lone surrogates and outer spaces are refused."""
    assert wrong("account", name=name) == [
        "account name: must be one line without control characters or spaces around it"
    ]


def test_a_password_in_clear_is_refused_with_advice() -> None:
    """Who writes a password into the file is told what to do instead, and not shown it."""
    (words,) = wrong("user", password="hunter2")
    assert "gatelodge users set-password" in words
    assert "hunter2" not in words


@pytest.mark.parametrize(
    "written",
    [
        5,
        "",
        "$2b$12$abc",
        HASH.replace("m=19456", "m=262145"),
        HASH.replace("t=2", "t=17"),
        HASH.replace("p=1", "p=0"),
        HASH + "\n",
    ],
)
def test_a_password_hash_may_not_cost_the_server_too_much(written: object) -> None:
    """Only Argon2 strings are taken, and only affordable ones."""
    (words,) = wrong("user", password_hash=written)
    assert words.startswith("user password_hash: must be an Argon2 string")


def test_every_mistake_of_an_object_is_listed() -> None:
    """Several wrong fields make several mistakes, each at its own place."""
    found = checked("user", id=0, email="x", address={"city": 1})
    assert [(m.column, m.message.partition(":")[0]) for m in found] == [
        (2, "user id"),
        (2, "user email"),
        (2, "user address"),
    ]


def test_an_entry_that_is_no_object_is_one_mistake() -> None:
    """A list entry of another type is refused as a whole."""
    found = check(Found(kind="extension", account_id=1, value=[1], where=Nowhere([])))
    assert isinstance(found, list)
    assert [mistake.message for mistake in found] == ["extension: must be an object"]


def test_names_given_twice_are_mistakes() -> None:
    """Ids, login names whatever their case, external ids and numbers are each given once."""
    seen = Seen()
    for kind in OBJECTS:
        assert seen.add(checked(kind)) == []
    words = [
        mistake.message
        for row in (
            checked("account"),
            checked("location"),
            checked("user", login_name="JO@acme"),
            checked("extension"),
        )
        for mistake in seen.add(row)
    ]
    assert words == [
        "account 1 is already on line 1",
        "location 2 is already on line 1",
        "user 3 is already on line 1",
        "login name JO@acme is already on line 1",
        "extension e1 is already on line 1",
        "extension number 100 is already on line 1",
    ]


def test_an_extension_may_not_use_another_accounts_things() -> None:
    """Location and user of an extension belong to its account, as far as the file tells."""
    seen = Seen()
    seen.add(checked("location"))
    seen.add(checked("user"))
    own = checked("extension", user_id=3)
    assert seen.strangers(own) == []
    foreign = msgspec.structs.replace(own, account_id=9)
    assert [mistake.message for mistake in seen.strangers(foreign)] == [
        "location 2 belongs to account 1",
        "user 3 belongs to account 1",
    ]
    unknown = checked("extension", location_id=77, user_id=None)
    assert seen.strangers(unknown) == []
