"""Acts on the installation's signing keys: kept to their schedule, rotated, revoked."""

import asyncio
from collections.abc import Mapping, Sequence

import msgspec

from gatelodge.catalog.errors import NoSuch
from gatelodge.oauth import signing_keys as rules
from gatelodge.oauth.signatures import ALGORITHMS, Algorithm
from gatelodge.oauth.signing_keys import Steps
from gatelodge.operations import sealed_keys
from gatelodge.operations.actor import Act, Actor
from gatelodge.settings import Secrets
from gatelodge.storage import locks, signing_keys
from gatelodge.storage.connections import Connection
from gatelodge.storage.engine import Store
from gatelodge.storage.signing_keys import StoredSigningKey

_SCHEDULE = Actor(kind="system", name="schedule")
Candidates = Mapping[Algorithm, StoredSigningKey]


def candidates(
    secrets: Secrets, act: Act, algorithms: Sequence[Algorithm] = ALGORITHMS
) -> Candidates:
    """Return a fresh key of each algorithm, for an act that may need it."""
    made = {}
    for algorithm in algorithms:
        made[algorithm] = sealed_keys.fresh(secrets, algorithm, act.ids.next(), act.now)
    return made


async def keep_schedule(store: Store, secrets: Secrets, now: int, period: int) -> None:
    """Do what the schedule asks for now: make, promote, retire and drop keys.

    Keys are made in a thread and only where one is needed.
    """
    act = Act(actor=_SCHEDULE, now=now, ids=store.ids)
    stored = await store.read(signing_keys.all_of)
    due = {name: rules.due(_of(stored, name), now, period) for name in ALGORITHMS}
    if not any(due.values()):
        return
    needed = [name for name, steps in due.items() if steps.make]
    made = await asyncio.to_thread(candidates, secrets, act, needed)
    await store.write(_kept, act, made, period)


def rotate(
    conn: Connection, act: Act, made: Candidates, *, at_once: bool
) -> Sequence[StoredSigningKey]:
    """Have another key sign for each algorithm in ``made``; return every key afterwards.

    A coming key is published for a day first; ``at_once`` one signs now. Raises ``NotAllowed``.
    """
    act.actor.require("administrator")
    locks.take(conn, "signing_keys")
    for algorithm in made:
        before = _of(signing_keys.all_of(conn), algorithm)
        steps = rules.rotated(before, at_once=at_once)
        _do(conn, act, steps, made.get(algorithm))
        if steps:
            detail = {"algorithm": algorithm, "at_once": at_once}
            _record(conn, act, before, "signing-key.rotate", detail)
    return signing_keys.all_of(conn)


def find(conn: Connection, kid: str) -> StoredSigningKey:
    """Return the key with this ``kid``. Raises ``NoSuch``."""
    for key in signing_keys.all_of(conn):
        if key.kid == kid:
            return key
    raise NoSuch("signing key")


def revoke(conn: Connection, act: Act, kid: str, made: Candidates) -> Sequence[StoredSigningKey]:
    """Remove a key with its private part: what it signed is refused from now on.

    Another key signs at once where it was the one that did. Returns every key afterwards. Raises
    ``NotAllowed`` and ``NoSuch``.
    """
    act.actor.require("administrator")
    locks.take(conn, "signing_keys")
    key = find(conn, kid)
    keys = _of(signing_keys.all_of(conn), key.algorithm)
    candidate = next((each for each in made.values() if each.algorithm == key.algorithm), None)
    _do(conn, act, rules.revoked(keys, key.id), candidate)
    detail = {"kid": kid, "algorithm": key.algorithm, "state": key.state}
    _record(conn, act, keys, "signing-key.revoke", detail, key.id)
    return signing_keys.all_of(conn)


def _kept(conn: Connection, act: Act, made: Candidates, period: int) -> None:
    locks.take(conn, "signing_keys")
    for algorithm in ALGORITHMS:
        # Asked again inside the unit of work: another node may have been faster.
        keys = _of(signing_keys.all_of(conn), algorithm)
        steps = rules.due(keys, act.now, period)
        _do(conn, act, steps, made.get(algorithm))
        if steps:
            detail = {"algorithm": algorithm, "steps": msgspec.to_builtins(steps)}
            _record(conn, act, keys, "signing-key.schedule", detail)


def _do(conn: Connection, act: Act, steps: Steps, candidate: StoredSigningKey | None) -> None:
    if steps.make is not None:
        if candidate is None:  # needed since the act was prepared: the next turn makes one
            return
        signing_keys.add(conn, msgspec.structs.replace(candidate, state=steps.make, since=act.now))
    if steps.promote is not None:
        signing_keys.change_state(conn, steps.promote, "active", act.now)
    for id_ in steps.retire:
        signing_keys.change_state(conn, id_, "retiring", act.now)
    for id_ in steps.drop:
        signing_keys.remove(conn, id_)


def _record(
    conn: Connection,
    act: Act,
    before: Sequence[StoredSigningKey],
    name: str,
    detail: Mapping[str, object],
    key_id: int | None = None,
) -> None:
    after = _of(signing_keys.all_of(conn), str(detail["algorithm"]))
    changing = act.changing(_states(before), _states(after))
    changing.record(conn, name, "signing_key", key_id, detail)


def _states(keys: Sequence[StoredSigningKey]) -> Mapping[str, object]:
    return {key.kid: key.state for key in keys}


def _of(keys: Sequence[StoredSigningKey], algorithm: str) -> list[StoredSigningKey]:
    return [key for key in keys if key.algorithm == algorithm]
