"""Acts on personal access tokens: make, revoke, and tell who comes with one."""

import secrets as randomness

import msgspec

from gatelodge.identity import personal_tokens as rules
from gatelodge.identity.developers import Developer
from gatelodge.identity.errors import Unknown
from gatelodge.identity.personal_tokens import PersonalToken, Wanted
from gatelodge.oauth import digests, opaque
from gatelodge.operations.actor import Act
from gatelodge.storage import developers, personal_tokens
from gatelodge.storage.connections import Connection

_TAIL = 4


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A new one and its text, the only time it can be read."""

    stored: PersonalToken
    text: str

    def __repr__(self) -> str:
        """Show nothing of the text."""
        return f"Made({self.stored.id})"


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """Who comes with a personal access token."""

    developer: Developer
    stored: PersonalToken


def make(conn: Connection, act: Act, digest_key: bytes, developer_id: int, wanted: Wanted) -> Made:
    """Make one for a developer, who alone may. Raises ``Invalid`` and ``Unknown``.

    ``digest_key`` is the installation's key for ``digests.PERSONAL_TOKEN``.
    """
    _only_oneself(act, developer_id)
    draft = rules.check(wanted, len(personal_tokens.of_developer(conn, developer_id)))
    row = act.ids.next()
    secret = randomness.token_bytes(opaque.SECRET_BYTES)
    text = opaque.write(opaque.PERSONAL_TOKEN, row, secret)
    stored = PersonalToken(
        id=row,
        developer_id=developer_id,
        digest=digests.digest(digest_key, secret),
        tail=text[-_TAIL:],
        name=draft.name,
        scopes=draft.scopes,
        created_at=act.now,
        expires_at=act.now + draft.seconds,
    )
    personal_tokens.add(conn, stored)
    changing = act.changing(None, stored)
    _record(conn, changing, stored, "personal-token.make")
    return Made(stored=stored, text=text)


def revoke(conn: Connection, act: Act, developer_id: int, row_id: int) -> PersonalToken:
    """End one of a developer's own; it is refused from the commit on. Raises ``Unknown``."""
    _only_oneself(act, developer_id)
    found = personal_tokens.find(conn, row_id)
    if found is None or found.developer_id != developer_id:
        raise Unknown("personal access token")
    personal_tokens.remove(conn, row_id)
    changing = act.changing(found, None)
    _record(conn, changing, found, "personal-token.revoke")
    return found


def holder(conn: Connection, digest_key: bytes, text: str, now: int) -> Holder | None:
    """Return who comes with what was presented, ``None`` if it is good for nothing."""
    presented = opaque.read(opaque.PERSONAL_TOKEN, text)
    if presented is None:
        return None
    stored = personal_tokens.find(conn, presented.row_id)
    digest = digests.digest(digest_key, presented.secret)
    if stored is None or not digests.same(stored.digest, digest) or not stored.alive(now):
        return None
    developer = developers.find(conn, stored.developer_id)
    if developer is None or developer.state != "active":
        return None
    return Holder(developer=developer, stored=stored)


def _only_oneself(act: Act, developer_id: int) -> None:
    # Not even an administrator: it would act in the developer's name.
    if not act.actor.owns(developer_id):
        raise Unknown("developer")


def _record(conn: Connection, act: Act, stored: PersonalToken, name: str) -> None:
    detail: dict[str, object] = {
        "name": stored.name,
        "tail": stored.tail,
        "scopes": sorted(stored.scopes),
        "expires_at": stored.expires_at,
    }
    act.record(conn, name, "developer", stored.developer_id, detail)
