"""Rules for single values of an import: each names every mistake and returns the clean value.

A rule takes the value, its path and the list mistakes are added to. What it returns after adding
one is not used.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from gatelodge.directory.filters import digits
from gatelodge.directory.import_rows import Path
from gatelodge.directory.parameters import MAX_ID


class Problem(msgspec.Struct, frozen=True):
    """A mistake at a path of the object that is checked."""

    path: Path
    message: str


Rule = Callable[[object, Path, list[Problem]], Any]


class Field(msgspec.Struct, frozen=True):
    """A field of an object; without ``required``, ``default`` stands for one that is not there."""

    rule: Rule
    required: bool = True
    default: Any = None


_IN_CLEAR = (
    "passwords in clear are not imported: give password_hash (an Argon2 string), or set one with "
    "`gatelodge users set-password`"
)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_NUMBER = re.compile(r"[0-9]{1,15}")
_ARGON2 = re.compile(
    r"\$argon2(?:id|i|d)\$v=19\$m=([0-9]{1,7}),t=([0-9]{1,3}),p=([0-9]{1,2})"
    r"\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{22,172}"
)
# Verifying costs what the string says: one that asks for gigabytes would stop the server.
_MAX_ARGON2 = (262_144, 16, 16)


def number(value: object, path: Path, problems: list[Problem]) -> Any:
    """A whole number that may be an identifier."""
    if type(value) is not int or not 1 <= value <= MAX_ID:
        problems.append(Problem(path, f"must be a whole number from 1 to {MAX_ID}"))
    return value


def flag(value: object, path: Path, problems: list[Problem]) -> Any:
    """True or false."""
    if not isinstance(value, bool):
        problems.append(Problem(path, "must be true or false"))
    return value


def text(most: int, shape: re.Pattern[str] | None = None, hint: str = "") -> Rule:
    """One line of at most ``most`` characters; ``hint`` says what ``shape`` asks for."""

    def rule(value: object, path: Path, problems: list[Problem]) -> Any:
        if not isinstance(value, str):
            problems.append(Problem(path, "must be text"))
        elif not 0 < len(value) <= most:
            problems.append(Problem(path, f"must have 1 to {most} characters"))
        elif not value.isprintable() or value != value.strip():
            message = "must be one line without control characters or spaces around it"
            problems.append(Problem(path, message))
        elif shape is not None and not shape.fullmatch(value):
            problems.append(Problem(path, hint))
        return value

    return rule


def choice(*values: str) -> Rule:
    """One of a few words, written exactly so."""

    def rule(value: object, path: Path, problems: list[Problem]) -> Any:
        if value not in values:
            problems.append(Problem(path, f"must be one of {', '.join(values)}"))
        return value

    return rule


def nullable(inner: Rule) -> Rule:
    """What ``inner`` takes, or null."""

    def rule(value: object, path: Path, problems: list[Problem]) -> Any:
        return None if value is None else inner(value, path, problems)

    return rule


def many(inner: Rule, most: int) -> Rule:
    """A list of at most ``most`` values, as a tuple."""

    def rule(value: object, path: Path, problems: list[Problem]) -> Any:
        if not isinstance(value, list):
            problems.append(Problem(path, "must be a list"))
            return ()
        if len(value) > most:
            problems.append(Problem(path, f"must have at most {most} entries"))
            return ()
        return tuple(inner(item, (*path, i), problems) for i, item in enumerate(value))

    return rule


def record(fields: Mapping[str, Field], build: Callable[..., Any]) -> Rule:
    """An object with these fields and no others; ``build`` makes the value of a good one."""

    def rule(value: object, path: Path, problems: list[Problem]) -> Any:
        if not isinstance(value, dict):
            problems.append(Problem(path, "must be an object"))
            return None
        before = len(problems)
        clean: dict[str, Any] = {}
        for name, field in fields.items():
            if name in value:
                clean[name] = field.rule(value[name], (*path, name), problems)
            elif field.required:
                problems.append(Problem(path, f"{name} is missing"))
            else:
                clean[name] = field.default
        problems += [
            Problem((*path, name), _IN_CLEAR if name == "password" else "is no known field")
            for name in value
            if name not in fields
        ]
        return build(**clean) if len(problems) == before else None

    return rule


def phone(value: object, path: Path, problems: list[Problem]) -> Any:
    """A phone number of up to 15 digits (ITU-T E.164); punctuation is dropped."""
    bare = digits(value) if isinstance(value, str) else None
    if bare is None or not _NUMBER.fullmatch(bare):
        problems.append(Problem(path, "must be a phone number of 1 to 15 digits"))
    return bare


def password_hash(value: object, path: Path, problems: list[Problem]) -> Any:
    """An Argon2 string (RFC 9106) that does not cost more than a server can pay."""
    match = _ARGON2.fullmatch(value) if isinstance(value, str) else None
    costs = zip(match.groups(), _MAX_ARGON2, strict=True) if match else None
    if costs is None or any(not 1 <= int(given) <= most for given, most in costs):
        message = "must be an Argon2 string with at most 256 MiB, 16 passes and 16 lanes"
        problems.append(Problem(path, message))
    return value


email = text(254, _EMAIL, "must be an e-mail address")
login_name = text(
    200, re.compile(r"[A-Za-z0-9._@+'-]+"), "must be letters, digits and . _ @ + ' - only"
)
external_id = text(64, re.compile(r"[A-Za-z0-9._-]+"), "must be letters, digits and . _ - only")
extension_number = text(20, re.compile(r"[0-9]+"), "must be digits, written as text")
