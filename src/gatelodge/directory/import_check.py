"""One object of an import, checked against everything the directory says about its kind."""

from collections.abc import Callable
from typing import Any

from gatelodge.directory import import_rules as rules
from gatelodge.directory.accounts import STATUSES, Account, Address
from gatelodge.directory.extensions import Did, Handset
from gatelodge.directory.import_rows import (
    AccountRow,
    ExtensionRow,
    Found,
    Kind,
    LocationRow,
    Mistake,
    Place,
    Row,
    UserRow,
    mistake,
)
from gatelodge.directory.import_rules import Field, Problem, record, text
from gatelodge.directory.locations import Location, LocationAddress
from gatelodge.directory.users import CONTACT_TYPES, ContactNumber

_LINE = text(200)
_ADDRESS = {
    "address_1": Field(_LINE),
    "address_2": Field(rules.nullable(_LINE), required=False),
    "country": Field(text(100)),
    "state": Field(rules.nullable(text(100)), required=False),
    "city": Field(text(100)),
    "postal_code": Field(text(20)),
}
_DID = {
    "phone_number": Field(rules.phone),
    "custom_tag": Field(rules.nullable(text(100)), required=False),
}
_HANDSET = {"handset_name": Field(text(100)), "sip_id": Field(text(100))}
_CONTACT = {
    "type": Field(rules.choice(*CONTACT_TYPES)),
    "value": Field(rules.nullable(rules.phone)),
}

ACCOUNT = {
    "id": Field(rules.number),
    "name": Field(_LINE),
    "status": Field(rules.choice(*STATUSES), required=False, default="ACTIVE"),
    "address": Field(record(_ADDRESS, Address)),
}
LOCATION = {
    "id": Field(rules.number),
    "name": Field(_LINE),
    "address": Field(record({**_ADDRESS, "time_zone": Field(text(60))}, LocationAddress)),
}
USER = {
    "id": Field(rules.number),
    "login_name": Field(rules.login_name),
    "email": Field(rules.email),
    "first_name": Field(text(100)),
    "last_name": Field(text(100)),
    "contact_numbers": Field(
        rules.many(record(_CONTACT, ContactNumber), 20), required=False, default=()
    ),
    "role": Field(rules.choice("administrator", "member"), required=False),
    "state": Field(rules.choice("active", "disabled"), required=False),
    "password_hash": Field(rules.password_hash, required=False),
}
EXTENSION = {
    "external_id": Field(rules.external_id),
    "extension_number": Field(rules.extension_number),
    "location_id": Field(rules.number),
    "user_id": Field(rules.nullable(rules.number), required=False),
    "caller_id": Field(rules.nullable(text(100)), required=False),
    "block_caller_id": Field(rules.flag, required=False, default=False),
    "dnd_enabled": Field(rules.flag, required=False, default=False),
    "vtt_enabled": Field(rules.flag, required=False, default=False),
    "service_type_name": Field(text(40), required=False, default="UX"),
    "dids": Field(rules.many(record(_DID, Did), 100), required=False, default=()),
    "handsets": Field(rules.many(record(_HANDSET, Handset), 100), required=False, default=()),
}
FIELDS: dict[Kind, dict[str, Field]] = {
    "account": ACCOUNT,
    "location": LOCATION,
    "user": USER,
    "extension": EXTENSION,
}
"""What each kind of object may hold, besides the account it belongs to."""


def check(found: Found) -> Row | list[Mistake]:
    """Return the row an object makes, or every mistake in it."""
    problems: list[Problem] = []
    fields = _RULES[found.kind](found.value, (), problems)
    if found.kind == "extension" and fields is not None:
        _refuse_repeated_numbers(fields["dids"], problems)
    if problems:
        return [_mistake(found, problem) for problem in problems]
    return _row(found.kind, found.account_id or 0, found.where.place(()), fields)


def _row(kind: Kind, account_id: int, place: Place, fields: dict[str, Any]) -> Row:
    if kind == "account":
        return AccountRow(place=place, account=Account(**fields))
    if kind == "location":
        return LocationRow(place=place, account_id=account_id, location=Location(**fields))
    if kind == "user":
        return UserRow(place=place, account_id=account_id, **fields)
    return ExtensionRow(place=place, account_id=account_id, **fields)


def _refuse_repeated_numbers(dids: tuple[Did, ...], problems: list[Problem]) -> None:
    seen: set[str] = set()
    for index, did in enumerate(dids):
        if did.phone_number in seen:
            path = ("dids", index, "phone_number")
            problems.append(Problem(path, "the extension already has this number"))
        seen.add(did.phone_number)


def _mistake(found: Found, problem: Problem) -> Mistake:
    named = ".".join(str(part)[:60] for part in problem.path)
    subject = f"{found.kind} {named}" if named else found.kind
    return mistake(found.where.place(problem.path), f"{subject}: {problem.message}")


_RULES: dict[Kind, Callable[[object, tuple[()], list[Problem]], Any]] = {
    kind: record(fields, dict) for kind, fields in FIELDS.items()
}
