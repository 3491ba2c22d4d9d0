"""Ending sign-ins: one session, all others, or everything a person has signed in to.

A user's session carries codes that were not redeemed yet; refresh and access tokens belong to the
consent and outlive it, unless the person ends everything (docs/decisions/005-what-ends.md).
Applications that take part in a session that ends are told of it afterwards (back-channel logout).
"""

from gatelodge.identity.sessions import Kind, Session
from gatelodge.oauth.clients import LONGEST_LIFETIME
from gatelodge.operations.actor import Act, Actor, Occasion
from gatelodge.storage import changes, logouts, people, revocations, sessions
from gatelodge.storage.connections import Connection
from gatelodge.storage.ids import Ids


def occasion(ids: Ids, address: str, now: int) -> Occasion:
    """Return when and from where somebody signs in or out; made where the request is served."""
    return Occasion(now=now, address=address, ids=ids)


def leave(conn: Connection, when: Occasion, session: Session, name: str) -> None:
    """Sign out of the session that one is in; ``name`` is what the activity log shows."""
    one(conn, _act(when, session, name), session.kind, session.subject_id, session.id)


def one(conn: Connection, act: Act, kind: Kind, subject_id: int, session_id: int) -> bool:
    """End one of a person's sessions; say whether they had it."""
    found = sessions.find(conn, session_id)
    if found is None or (found.kind, found.subject_id) != (kind, subject_id):
        return False
    logouts.enqueue(conn, [session_id], act.now)
    sessions.end(conn, session_id)
    detail = {"session": session_id, "address": found.address}
    changing = act.changing(found, None)
    changing.record(conn, "session.end", kind, subject_id, detail)
    return True


def replace(conn: Connection, when: Occasion, session: Session, before: Session | None) -> None:
    """Store a session that begins in the place of the browser's earlier one, which ends.

    Somebody who signs in again goes on with theirs, and nobody is told of an end.
    """
    if before is not None and before.id != session.id:
        leave(conn, when, before, _name_of(conn, before))
        before = None
    sessions.replace(conn, session, before)
    act = _act(when, session, _name_of(conn, session))
    detail = {"session": session.id}
    changing = act.changing(before, session)
    changing.record(conn, "session.start", session.kind, session.subject_id, detail)


def others(conn: Connection, act: Act, kind: Kind, subject_id: int, keep: int) -> int:
    """End a person's sessions but one, for users their tokens as well; return how many sessions."""
    everywhere = user_everywhere if kind == "user" else developer_everywhere
    ended = everywhere(conn, act, subject_id, keep)
    act.record(conn, "session.end-others", kind, subject_id, {"ended": ended, "kept": keep})
    return ended


def sessions_but(conn: Connection, act: Act, kind: Kind, subject_id: int, keep: int | None) -> int:
    """End a person's sessions but the one to ``keep``, and no tokens; return how many."""
    ending = [one.id for one in sessions.of_subject(conn, kind, subject_id) if one.id != keep]
    logouts.enqueue(conn, ending, act.now)
    return sessions.end_all(conn, kind, subject_id, keep)


def user_everywhere(conn: Connection, act: Act, user_id: int, keep: int | None = None) -> int:
    """End a user's sessions, codes, refresh and access tokens but for the session to ``keep``.

    Refresh tokens are refused from the commit on, access tokens from the next request on. The
    caller writes the activity log's line. Returns how many sessions ended.
    """
    ended = sessions_but(conn, act, "user", user_id, keep)
    revocations.revoke_user(conn, user_id, act.ids.next(), act.now + LONGEST_LIFETIME)
    changes.append(conn, "user", user_id)
    return ended


def developer_everywhere(
    conn: Connection, _: Act, developer_id: int, keep: int | None = None
) -> int:
    """End a developer's sessions but the one to ``keep``; return how many.

    Their applications' tokens are not the developer's sign-ins and live on. The caller writes the
    activity log's line.
    """
    return sessions.end_all(conn, "developer", developer_id, keep)


def _act(when: Occasion, session: Session, name: str) -> Act:
    actor = Actor(kind=session.kind, id=session.subject_id, name=name, address=when.address)
    return Act(actor=actor, now=when.now, ids=when.ids, request_id=when.request_id)


def _name_of(conn: Connection, session: Session) -> str:
    person = people.find(conn, session.kind, session.subject_id)
    return "" if person is None else person.login
