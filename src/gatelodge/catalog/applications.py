"""The application a developer registers, and the rules for its form."""

import unicodedata
from typing import Literal

import msgspec

from gatelodge.catalog.errors import Conflict, Invalid
from gatelodge.catalog.quotas import QUOTAS

ApplicationState = Literal["active", "blocked"]

NAME_LENGTH = 70
DESCRIPTION_LENGTH = 512


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """What a developer registers; ``quota`` names the per-token quota (see ``catalog.quotas``)."""

    id: int
    owner_id: int
    name: str
    description: str
    quota: str
    state: ApplicationState
    created_at: int
    updated_at: int


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What the developer fills in; lengths are counted in characters."""

    name: str
    description: str
    quota: str


def check(draft: Draft) -> Draft:
    """Return the draft as it may be stored; raises ``Invalid`` with a sentence for each field."""
    name = " ".join(draft.name.split())
    description = draft.description.replace("\r\n", "\n").strip()
    found = {
        "name": _name_problem(name),
        "description": _description_problem(description),
        "quota": None if draft.quota in QUOTAS else "Choose one of the quotas.",
    }
    problems = {field: problem for field, problem in found.items() if problem}
    if problems:
        raise Invalid(problems)
    return Draft(name=name, description=description, quota=draft.quota)


def check_deletion(application: Application, typed_name: str) -> None:
    """Raise ``Conflict`` unless the application's own name was typed as a confirmation."""
    if " ".join(typed_name.split()) != application.name:
        raise Conflict(f"Type the name “{application.name}” exactly to delete the application.")


def _name_problem(name: str) -> str | None:
    if not name:
        return "Enter a name."
    if len(name) > NAME_LENGTH:
        return f"A name has at most {NAME_LENGTH} characters; this one has {len(name)}."
    if not _printable(name):
        return "The name contains a character that cannot be shown."
    return None


def _description_problem(description: str) -> str | None:
    if len(description) > DESCRIPTION_LENGTH:
        return (
            f"A description has at most {DESCRIPTION_LENGTH} characters; "
            f"this one has {len(description)}."
        )
    if not _printable(description.replace("\n", "").replace("\t", "")):
        return "The description contains a character that cannot be shown."
    return None


def _printable(text: str) -> bool:
    # Control characters, surrogates and the marks that reverse the direction of text could make
    # a name look like another one on the consent page.
    return not any(
        unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} or character in _DIRECTION_MARKS
        for character in text
    )


_DIRECTION_MARKS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
