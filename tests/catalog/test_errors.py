"""What the catalogue refuses tells a person what to do, and the edge which status to use."""

from gatelodge.catalog import errors, names


def test_each_refusal_has_its_status_and_sentence() -> None:
    """The tree's statuses and messages are those the table in the module promises."""
    assert errors.NoSuch("API").status == 404
    assert str(errors.NoSuch("API")) == "There is no such API."
    assert errors.NotAllowed("This needs the role administrator.").status == 403
    assert errors.NameTaken("X").status == errors.Conflict("").status == 409
    assert "“X”" in str(errors.NameTaken("X"))
    invalid = errors.Invalid({"name": "Enter a name.", "quota": "Choose one."})
    assert (invalid.status, str(invalid)) == (422, "Enter a name. Choose one.")
    assert errors.CatalogError.status == 400


def test_names_that_look_alike_are_one() -> None:
    """Case, width and space around do not make another name."""
    assert names.folded(" \uff2dyApp ") == names.folded("MYAPP")
    assert names.folded("Straße") == names.folded("STRASSE")
