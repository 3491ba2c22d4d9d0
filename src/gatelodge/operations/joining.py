"""Becoming a developer with an account at a provider whose addresses the operator trusts."""

from typing import Literal

import msgspec

from gatelodge.identity import linked as rules
from gatelodge.identity.developers import Developer
from gatelodge.identity.errors import IdentityError
from gatelodge.identity.invites import LONGEST_NAME, roles_of
from gatelodge.oauth.upstream_identity import Identity
from gatelodge.operations import linked_identities
from gatelodge.operations.actor import Occasion
from gatelodge.providers import Provider
from gatelodge.storage import changes, developers, invites
from gatelodge.storage.connections import Connection


class MayNotJoin(IdentityError):
    """No account is made of this identity: the operator, or an account that is there, forbids."""

    status = 403

    def __init__(self) -> None:
        super().__init__("No account can be made here for this address.")


Joining = Literal["create", "invitation"]


def can_join(conn: Connection, provider: Provider, who: Identity, now: int) -> Joining | None:
    """Say how somebody without an account may become a developer, ``None`` if they may not."""
    there = developers.find_by_email(conn, who.email) if who.email else None
    if there is not None and there.state != "invited":
        # Whoever has the address has an account: that one is linked, after proof, or nothing is.
        return None
    invited = there is not None and invites.is_open(conn, there.id, now)
    if not rules.may_join(provider, who.email, verified=who.email_verified, invited=invited):
        return None
    return "invitation" if invited else "create"


def join(conn: Connection, when: Occasion, provider: Provider, who: Identity) -> Developer:
    """Make a developer of an identity whose address the provider has verified.

    An invitation to the address is taken up and its link spent. Raises ``MayNotJoin`` and
    ``LinkedElsewhere``.
    """
    how = can_join(conn, provider, who, when.now)
    if how is None:
        raise MayNotJoin
    before = developers.find_by_email(conn, who.email)
    made = _developer(conn, when, who, before)
    if how == "invitation" and not invites.spend_all(conn, made.id, when.now):
        raise MayNotJoin
    act = linked_identities.act_of(when, "developer", made.id, who.email)
    changing = act.changing(before, made)
    detail = {"issuer": who.issuer, "how": how}
    changing.record(conn, "developer.join", "developer", made.id, detail)
    changes.append(conn, "developer", made.id)
    linked_identities.link(conn, act, "developer", who)
    return made


def _developer(
    conn: Connection, when: Occasion, who: Identity, invited: Developer | None
) -> Developer:
    name = who.name[:LONGEST_NAME] or who.email.partition("@")[0][:LONGEST_NAME]
    if invited is not None:
        made = msgspec.structs.replace(invited, name=name, state="active")
        developers.replace(conn, made)
        return made
    made = Developer(
        id=when.ids.next(),
        email=who.email,
        name=name,
        roles=roles_of({"developer"}),
        state="active",
        password_hash=None,
        created_at=when.now,
    )
    developers.add(conn, made)
    return made
