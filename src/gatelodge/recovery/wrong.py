"""What is wrong with a new password that was typed twice."""

from collections.abc import Mapping

from gatelodge.identity import passwords
from gatelodge.identity.people import Person
from gatelodge.operations.common_passwords import is_common

SHORTEST = passwords.SHORTEST


def wrong(person: Person, password: str, repeated: str, product_name: str) -> Mapping[str, str]:
    """Return a sentence for each field that is wrong."""
    names = (person.login, person.email, person.name, product_name)
    objection = passwords.objection(password, names, is_common)
    if objection is not None:
        return {"password": objection}
    return {} if password == repeated else {"repeated": "The two passwords differ."}
