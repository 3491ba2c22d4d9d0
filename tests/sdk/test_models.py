"""Records: typed, frozen, and forgiving about what servers vary."""

import pytest

from gatelodge_client.errors import UnexpectedAnswer
from gatelodge_client.models import Account, Did, Extension, ExtensionUser, Location, User
from gatelodge_client.reading import read


def test_unknown_fields_are_kept() -> None:
    """What a newer server adds is in ``extra``, at every depth; a field named extra too."""
    found = read(
        Extension,
        {
            "extension_number": "101",
            "colour": "red",
            "extra": 1,
            "user": {"id": 7, "shoe_size": 43},
            "dids": [{"phone_number": "+15550100", "carrier": "x"}],
        },
    )
    assert found.extra == {"colour": "red", "extra": 1}
    assert found.user == ExtensionUser(id=7, extra={"shoe_size": 43})
    assert found.dids[0].extra == {"carrier": "x"}


@pytest.mark.parametrize("account_id", [571700, "571700"])
def test_ids_are_as_they_are_sent(account_id: int | str) -> None:
    """Numbers stay numbers and text stays text."""
    assert read(Account, {"id": account_id}).id == account_id
    assert type(read(Account, {"id": account_id}).id) is type(account_id)


def test_what_is_missing_or_null() -> None:
    """Left out, null, an empty list: all the same to a reader."""
    full = {"extension_number": "101", "user": None, "dids": None, "caller_id": None}
    assert read(Extension, full) == read(Extension, {"extension_number": "101"})
    address = read(Location, {"id": 1, "address": {"address_2": None}}).address
    assert address is not None
    assert address.address_2 is None


def test_numbers_where_text_is_meant() -> None:
    """The spec's own examples send an external id as a number, and old answers bare numbers."""
    found = read(
        User,
        {
            "id": "7",
            "extensions": [{"extension_number": 101, "dids": ["+15550100"]}],
            "contact_numbers": [{"type": "Mobile", "value": None}, {"value": 15550101}],
        },
    )
    assert found.extensions[0].extension_number == "101"
    assert found.extensions[0].dids == (Did(phone_number="+15550100"),)
    assert [number.value for number in found.contact_numbers] == [None, "15550101"]


def test_truth_as_text() -> None:
    """Booleans come as JSON's or as words."""
    found = read(Extension, {"extension_number": "1", "dnd_enabled": "true", "vtt_enabled": False})
    assert (found.dnd_enabled, found.vtt_enabled) == (True, False)


@pytest.mark.parametrize("data", [None, [], "x", {"name": "without an id"}, {"id": {"a": 1}}])
def test_what_cannot_be_one(data: object) -> None:
    """It is said which record and which field."""
    with pytest.raises(UnexpectedAnswer, match="Not a Account"):
        read(Account, data)


def test_records_are_frozen() -> None:
    """Two equal answers are equal records, and none changes."""
    found = read(Account, {"id": 1})
    assert found == read(Account, {"id": 1})
    with pytest.raises(AttributeError):
        found.name = "x"  # type: ignore[misc] # that it is refused is the test
