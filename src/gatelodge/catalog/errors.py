"""What the catalogue refuses, as one tree; only ``web.errors`` and the gateway make answers of it.

CatalogError
  NoSuch           there is no such thing, or it is somebody else's        404
  NotAllowed       the actor lacks the role                                403
  Conflict         the state of things is against it                       409
    NameTaken      another one of the same owner has that name
  Invalid          fields of a form are wrong, each with its sentence      422
"""

from collections.abc import Mapping


class CatalogError(Exception):
    """Base of everything the catalogue refuses; ``str()`` is a sentence a person can act on."""

    status = 400


class NoSuch(CatalogError):
    """There is no such thing for this actor: foreign things look like missing ones."""

    status = 404

    def __init__(self, kind: str) -> None:
        super().__init__(f"There is no such {kind}.")
        self.kind = kind


class NotAllowed(CatalogError):
    """The actor lacks the role this act needs."""

    status = 403


class Conflict(CatalogError):
    """The act is well formed but the present state of things is against it."""

    status = 409


class NameTaken(Conflict):
    """Another application of the same developer has this name, ignoring case."""

    def __init__(self, name: str) -> None:
        super().__init__(f"You already have an application named “{name}”.")
        self.name = name


class Invalid(CatalogError):
    """Fields are wrong; ``problems`` maps each field's name to one sentence."""

    status = 422

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = dict(problems)
