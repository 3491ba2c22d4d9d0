"""What an operation is given, what it answers, and how it stands in the table."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal

import msgspec

from gatelodge.catalog.errors import NoSuch
from gatelodge.oauth.tokens import TokenAnswer
from gatelodge.operations.actor import Act
from gatelodge.operations.personal_tokens import Holder
from gatelodge.storage.connections import Connection
from gatelodge.web.rows import row_id

Method = Literal["GET", "POST", "PATCH", "DELETE"]


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One request once it is known who calls and everything in it could be read."""

    holder: Holder
    act: Act
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Any = None
    if_match: str | None = None
    minted: TokenAnswer | None = None

    @property
    def developer_id(self) -> int:
        """Whose things are meant."""
        return self.holder.developer.id

    def row(self, name: str, kind: str) -> int:
        """Return the row that a part of the path names. Raises ``NoSuch`` for any other text."""
        found = row_id(self.path[name])
        if found is None:
            raise NoSuch(kind)
        return found


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What an operation answers.

    ``tagged`` is the representation whose entity tag goes along, ``location`` the path of what
    was made.
    """

    value: object = None
    tagged: object = None
    location: str = ""


Unit = Callable[[Connection, Call], Answer]
Prepare = Callable[[Call], Awaitable[Call]]


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One method on one path below ``/api/v1``; the first line of ``unit`` says what it does.

    ``unit`` runs as one unit of work, ``prepare`` before it where something takes longer.
    ``matched``: the caller has to say which version of the thing is meant (``If-Match``).
    """

    method: Method
    path: str
    scope: str | None
    unit: Unit
    body: type[msgspec.Struct] | None = None
    answer: Any = None
    status: int = 200
    query: Sequence[str] = ()
    matched: bool = False
    tagged: bool = False
    prepare: Prepare | None = None

    @property
    def name(self) -> str:
        """The operation's name in the document."""
        return f"{self.unit.__module__.rpartition('.')[2]}.{self.unit.__name__}"
