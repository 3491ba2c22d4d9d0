"""Who acts, from where and with which roles; every operation starts with these values."""

from collections.abc import Mapping
from typing import Literal, Self

import msgspec
from structlog.contextvars import get_contextvars

from gatelodge.catalog.errors import NotAllowed
from gatelodge.operations.differences import Difference, Thing, difference
from gatelodge.storage import audit
from gatelodge.storage.connections import Connection
from gatelodge.storage.ids import Ids

ActorKind = Literal["developer", "operator", "user", "application", "system"]


def request_id() -> str | None:
    """Return the id of the request that is being served, ``None`` outside of one.

    To be asked where the request is served: the store's thread does not know.
    """
    found: str | None = get_contextvars().get("request_id")
    return found


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """A developer of the portal, the operator at the command line, a user, a client, or a job.

    ``id`` is the row of a developer, user or application, ``name`` what the activity log shows,
    ``address`` the network address the request came from (empty at the command line), ``via`` the
    name of the personal access token it came with.
    """

    kind: ActorKind
    id: int | None = None
    name: str
    address: str = ""
    roles: frozenset[str] = frozenset()
    via: str = ""

    @property
    def unlimited(self) -> bool:
        """Whether no role is asked of this actor: the operator and the program itself."""
        return self.kind in {"operator", "system"}

    def has(self, *roles: str) -> bool:
        """Say whether the actor has one of ``roles``; operator and system have them all."""
        return self.unlimited or not self.roles.isdisjoint(roles)

    def owns(self, owner_id: int) -> bool:
        """Say whether this is the developer with the id ``owner_id``."""
        return self.kind == "developer" and self.id == owner_id

    def require(self, *roles: str) -> None:
        """Raise ``NotAllowed`` unless the actor has one of ``roles``."""
        if not self.has(*roles):
            raise NotAllowed(f"This needs the role {' or '.join(roles)}.")


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """One act: its actor, its time, its request, where identifiers for what it makes come from."""

    actor: Actor
    now: int
    ids: Ids
    request_id: str | None = msgspec.field(default_factory=request_id)
    difference: Difference = Difference()

    def changing(self, before: Thing, after: Thing) -> Self:
        """Return the act with what the activity log says of before and after."""
        return msgspec.structs.replace(self, difference=difference(before, after))

    def record(
        self,
        conn: Connection,
        name: str,
        object_kind: str,
        object_id: int | None,
        detail: Mapping[str, object] | None = None,
    ) -> None:
        """Write the activity log's line, in the same unit of work as the act itself."""
        actor = self.actor
        audit.record(
            conn,
            audit.Event(
                id=self.ids.next(),
                at=self.now,
                actor_kind=actor.kind,
                actor_id=actor.id,
                actor_name=actor.name,
                address=actor.address,
                act=name,
                object_kind=object_kind,
                object_id=object_id,
                detail=dict(detail or {}) | _means(actor),
                request_id=self.request_id,
                before=self.difference.before,
                after=self.difference.after,
            ),
        )


def _means(actor: Actor) -> dict[str, object]:
    return {"personal_access_token": actor.via} if actor.via else {}


class Occasion(msgspec.Struct, frozen=True, kw_only=True):
    """When and from where somebody comes, before it is known who."""

    now: int
    address: str
    ids: Ids
    request_id: str | None = msgspec.field(default_factory=request_id)


def command_line(name: str) -> Actor:
    """Return the operator at the command line; ``name`` is the system account that runs it."""
    return Actor(kind="operator", name=name)
