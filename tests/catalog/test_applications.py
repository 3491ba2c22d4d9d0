"""The rules of an application's form, and of its deletion."""

import pytest

from gatelodge.catalog import applications
from gatelodge.catalog.applications import Application, Draft
from gatelodge.catalog.errors import Conflict, Invalid


def draft(name: str = "MyTestApp", description: str = "", quota: str = "10PerMin") -> Draft:
    """Return a draft that is right but for what the test changes."""
    return Draft(name=name, description=description, quota=quota)


def test_a_right_draft_is_trimmed() -> None:
    """White space around and in a name is folded, line ends of a description are made one kind."""
    checked = applications.check(draft("  My \t Test  App ", " one\r\ntwo\n "))
    assert checked == draft("My Test App", "one\ntwo")


def test_the_longest_values_pass() -> None:
    """A name of 70 characters and a description of 512 pass, whatever script they are in."""
    checked = applications.check(draft("ü" * 70, "漢" * 512, "Unlimited"))
    assert len(checked.name) == 70


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        (draft(""), "name", "Enter a name"),
        (draft("  "), "name", "Enter a name"),
        (draft("x" * 71), "name", "at most 70"),
        (draft("a\x00b"), "name", "cannot be shown"),
        (draft("abc\u202egpj"), "name", "cannot be shown"),
        (draft(description="x" * 513), "description", "at most 512"),
        (draft(description="a\x1bb"), "description", "cannot be shown"),
        (draft(quota="11PerMin"), "quota", "one of the quotas"),
    ],
)
def test_what_is_wrong_is_named(wrong: Draft, field: str, words: str) -> None:
    """Each wrong field gets a sentence of its own, and only it."""
    with pytest.raises(Invalid, match=words) as refused:
        applications.check(wrong)
    assert list(refused.value.problems) == [field]


def test_every_wrong_field_is_told_at_once() -> None:
    """Nobody has to correct a form field by field."""
    with pytest.raises(Invalid) as refused:
        applications.check(draft("", "x" * 600, ""))
    assert set(refused.value.problems) == {"name", "description", "quota"}


def test_deleting_needs_the_name() -> None:
    """An application is deleted by typing its name, spaces around it aside."""
    application = Application(
        id=1,
        owner_id=1,
        name="My App",
        description="",
        quota="10PerMin",
        state="active",
        created_at=0,
        updated_at=0,
    )
    applications.check_deletion(application, " My App ")
    with pytest.raises(Conflict, match="My App"):
        applications.check_deletion(application, "my app")
