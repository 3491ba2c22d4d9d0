"""The demo's accounts, locations, users and extensions: always the same, and nobody's in truth.

Phone numbers are from 555-0100 to 555-0199, which belong to no one; mail goes to example.com.
"""

from collections import Counter
from collections.abc import Sequence

from gatelodge.directory.accounts import Account, Address
from gatelodge.directory.extensions import Did, Handset
from gatelodge.directory.import_rows import AccountRow, ExtensionRow, LocationRow, Place, UserRow
from gatelodge.directory.locations import Location, LocationAddress
from gatelodge.directory.users import ContactNumber

VONAGE, EXAMPLE = 571700, 571701

_USERS = {VONAGE: 250, EXAMPLE: 5}
_EXTENSIONS = {VONAGE: 300, EXAMPLE: 7}
_FIRST_USER = {VONAGE: 1001, EXAMPLE: 2001}
_FIRST_DID = {VONAGE: 0, EXAMPLE: 700}
_LOCATIONS = {VONAGE: (101, 102, 103), EXAMPLE: (201,)}
_DOMAINS = {VONAGE: "example.com", EXAMPLE: "example.org"}
_KNOWN = {1001: ("John", "Smith", "administrator"), 2001: ("Alice", "Jones", "member")}
_FIRST_NAMES = (  # noqa: SIM905 - names read better in lines than in a column
    "John Maria Wei Fatima Liam Olga Diego Aiko Noah Zara Ethan Ingrid Omar Chloe Rahul Hannah "
    "Mateo Leila Jonas Priya Lucas Amina Felix Sofia Kofi"
).split()
_LAST_NAMES = (  # noqa: SIM905 - as above
    "Smith Garcia Chen Hassan Murphy Petrova Torres Tanaka Cohen Khan Brown Larsen Farouk Martin "
    "Gupta Weber Silva Rahimi Berg Nair Rossi Diallo Novak Costa Mensah"
).split()
_AREA_CODES = (212, 404, 415, 512, 617, 732, 808, 917)
_TAGS = ("Reception", "Sales", "Support")
_NOWHERE = Place(1, 1)


def accounts() -> Sequence[AccountRow]:
    """Return both accounts."""
    addresses = {VONAGE: _address("Holmdel"), EXAMPLE: _address("Atlanta")}
    names = {VONAGE: "Vonage", EXAMPLE: "Example Ltd"}
    return [
        AccountRow(
            place=_NOWHERE,
            account=Account(id=id_, name=name, status="ACTIVE", address=addresses[id_]),
        )
        for id_, name in names.items()
    ]


def locations() -> Sequence[LocationRow]:
    """Return three locations of the first account and one of the second."""
    return [
        _location(VONAGE, 101, "Holmdel", "America/New York"),
        _location(VONAGE, 102, "Austin", "America/Chicago"),
        _location(VONAGE, 103, "San Francisco", "America/Los Angeles"),
        _location(EXAMPLE, 201, "Atlanta", "America/New York"),
    ]


def users(password_hash: str) -> Sequence[UserRow]:
    """Return 250 users and 5; ``jsmith`` and ``ajones`` have the password, the others none."""
    logins: Counter[str] = Counter()
    return [
        _user(account_id, index, logins, password_hash)
        for account_id, count in _USERS.items()
        for index in range(count)
    ]


def extensions() -> Sequence[ExtensionRow]:
    """Return 300 extensions and 7: most have a user, a few users have two, some have none."""
    return [
        _extension(account_id, index)
        for account_id, count in _EXTENSIONS.items()
        for index in range(count)
    ]


def _address(city: str) -> Address:
    street, suite, state, code = {
        "Holmdel": ("101 Crawfords Corner Road", "Suite 2416", "NJ", "07733"),
        "Austin": ("200 Example Avenue", None, "TX", "78701"),
        "San Francisco": ("300 Example Boulevard", "Floor 3", "CA", "94105"),
        "Atlanta": ("1 Example Street", None, "GA", "30303"),
    }[city]
    return Address(
        address_1=street,
        address_2=suite,
        country="US",
        state=state,
        city=city,
        postal_code=code,
    )


def _location(account_id: int, id_: int, city: str, time_zone: str) -> LocationRow:
    plain = _address(city)
    address = LocationAddress(
        address_1=plain.address_1,
        address_2=plain.address_2,
        country=plain.country,
        state=plain.state,
        city=plain.city,
        postal_code=plain.postal_code,
        time_zone=time_zone,
    )
    location = Location(id=id_, name=city, address=address)
    return LocationRow(place=_NOWHERE, account_id=account_id, location=location)


def _user(account_id: int, index: int, logins: Counter[str], password_hash: str) -> UserRow:
    id_ = _FIRST_USER[account_id] + index
    first, last, role = _KNOWN.get(id_) or _name(index)
    login = f"{first[0]}{last}".lower()
    logins[login] += 1
    if logins[login] > 1:
        login += str(logins[login])
    return UserRow(
        place=_NOWHERE,
        account_id=account_id,
        id=id_,
        login_name=login,
        email=f"{login}@{_DOMAINS[account_id]}",
        first_name=first,
        last_name=last,
        contact_numbers=(
            ContactNumber(type="Mobile", value=None if _every(4, index) else _phone(index * 3)),
            ContactNumber(type="Home", value=_phone(index * 3 + 1) if _every(5, index) else None),
            ContactNumber(type="Fax", value=None),
        ),
        role="administrator" if role == "administrator" else "member",
        state="active",
        password_hash=password_hash if id_ in _KNOWN else None,
    )


def _name(index: int) -> tuple[str, str, str]:
    count = len(_FIRST_NAMES)
    return _FIRST_NAMES[index % count], _LAST_NAMES[(index + index // count) % count], "member"


def _extension(account_id: int, index: int) -> ExtensionRow:
    number = _FIRST_USER[account_id] + 1000 + index
    dids = tuple(
        Did(
            phone_number=_phone(_FIRST_DID[account_id] + index * 2 + n),
            custom_tag=_TAGS[n] if index % 9 == 0 else None,
        )
        for n in range((index % 3 == 0) + (index % 30 == 0))
    )
    handsets = tuple(
        Handset(handset_name=f"line{n + 1}-{number}", sip_id=f"sip{account_id}{number}{n + 1}")
        for n in range((not _every(8, index)) + (index % 12 == 0))
    )
    places = _LOCATIONS[account_id]
    return ExtensionRow(
        place=_NOWHERE,
        account_id=account_id,
        external_id=f"abc{account_id}{number:05d}",
        extension_number=str(number),
        location_id=places[index % len(places)],
        user_id=_owner(account_id, index),
        caller_id=dids[0].phone_number if dids else None,
        block_caller_id=_every(20, index),
        dnd_enabled=_every(15, index),
        vtt_enabled=index % 2 == 0,
        service_type_name="UX",
        dids=dids,
        handsets=handsets,
    )


def _owner(account_id: int, index: int) -> int | None:
    """Return whose extension this is: nobody's for every sixth, so that there are enough users."""
    if _every(6, index):
        return None
    nth = index - index // 6
    if _every(25, nth):
        nth -= 1
    return _FIRST_USER[account_id] + nth if nth < _USERS[account_id] else None


def _every(nth: int, index: int) -> bool:
    return index % nth == nth - 1


def _phone(index: int) -> str:
    return f"1{_AREA_CODES[index // 100 % len(_AREA_CODES)]}55501{index % 100:02d}"
