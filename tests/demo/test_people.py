"""The demo's people are always the same and belong to nobody."""

import re
from collections import Counter

from gatelodge.demo import people


def test_they_are_the_same_on_every_start() -> None:
    """Two makings are equal."""
    assert people.users("x") == people.users("x")
    assert people.extensions() == people.extensions()


def test_names_and_numbers_are_unique() -> None:
    """Nobody shares a login, an extension number of an account, or an outside number."""
    logins = [user.login_name for user in people.users("x")]
    assert len(set(logins)) == 255
    numbers = [(row.account_id, row.extension_number) for row in people.extensions()]
    assert len(set(numbers)) == 307
    dids = [did.phone_number for row in people.extensions() for did in row.dids]
    assert len(set(dids)) == len(dids) > 100


def test_phone_numbers_are_fictional() -> None:
    """Every number is from 555-0100 to 555-0199, which no carrier gives out."""
    contacts = [n.value for user in people.users("x") for n in user.contact_numbers if n.value]
    dids = [did.phone_number for row in people.extensions() for did in row.dids]
    assert contacts
    assert all(re.fullmatch(r"1[2-9][0-9]{2}55501[0-9]{2}", number) for number in contacts + dids)


def test_every_shape_clients_must_cope_with_is_there() -> None:
    """Extensions without user, users with two or none, nulls and empty lists all occur."""
    extensions = people.extensions()
    owned = Counter(row.user_id for row in extensions if row.user_id is not None)
    users = people.users("x")
    assert {owned[user.id] for user in users} == {0, 1, 2}
    assert any(row.user_id is None for row in extensions)
    assert {len(row.dids) for row in extensions} == {0, 1, 2}
    assert {len(row.handsets) for row in extensions} == {0, 1, 2}
    assert {did.custom_tag is None for row in extensions for did in row.dids} == {True, False}
    assert {row.caller_id is None for row in extensions} == {True, False}
    assert {flag for row in extensions for flag in (row.dnd_enabled, row.vtt_enabled)} == {
        True,
        False,
    }
    mobiles = [user.contact_numbers[0].value is None for user in users]
    assert set(mobiles) == {True, False}
    suites = [row.location.address.address_2 for row in people.locations()]
    assert None in suites


def test_mail_goes_to_reserved_domains() -> None:
    """Addresses end in example.com or example.org (RFC 2606)."""
    assert all(user.email.endswith(("@example.com", "@example.org")) for user in people.users("x"))
