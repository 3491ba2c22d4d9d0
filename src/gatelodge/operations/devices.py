"""Acts on a device's request (RFC 8628): poll, enter its code, allow, deny."""

from collections.abc import Sequence

import msgspec

from gatelodge.identity import sign_in as rules
from gatelodge.oauth import device, digests
from gatelodge.oauth.clients import Client
from gatelodge.oauth.device import Allowance, DeviceCode, Polled
from gatelodge.operations import consents
from gatelodge.operations.actor import Act
from gatelodge.storage import device_codes, sign_in_failures
from gatelodge.storage.connections import Connection

_OPEN = {"decision": None}


class Poll(msgspec.Struct, frozen=True, kw_only=True):
    """A client that asks for the tokens of the request in row ``id`` whose secret has a digest."""

    id: int
    digest: bytes
    client_row: int
    now: int


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a typed user code; ``paused`` while too many wrong ones came from there."""

    found: DeviceCode | None = None
    paused: bool = False


def poll(conn: Connection, request: Poll) -> Polled:
    """Spend an allowed request; while nobody has decided, remember when the device asked.

    A device that asks too fast costs no more writes than its interval takes to grow.
    """
    row = device_codes.lock(conn, request.id)
    if (
        row is None
        or row.client_row != request.client_row
        or not digests.same(row.digest, request.digest)
    ):
        return Polled(row=None)
    if row.decision == "allowed":
        return Polled(row=row, first=device_codes.spend(conn, row.id, request.now))
    if device.is_open(row, request.now):
        if not device.polls_too_fast(row, request.now):
            device_codes.note_poll(conn, row.id, request.now, row.interval)
        elif device.slower(row) > row.interval:
            device_codes.note_poll(conn, row.id, row.polled_at, device.slower(row))
    return Polled(row=row)


def enter(conn: Connection, sources: Sequence[bytes], user_code: bytes, now: int) -> Entry:
    """Return the open request with this digest of its user code; wrong ones are counted.

    ``sources`` are digests of what a guesser cannot change at will. A right code takes nothing off
    the count: everybody can have a right code of their own to type in between.
    """
    before = {source: sign_in_failures.lock(conn, source) for source in sorted(sources)}
    after = {source: rules.attempt(failures, now) for source, failures in before.items()}
    if None in after.values():
        return Entry(paused=True)
    row = device_codes.find_by_user_code(conn, user_code)
    if row is not None and device.is_open(row, now):
        return Entry(found=row)
    for source, failures in after.items():
        if failures is not None:
            sign_in_failures.save(conn, source, failures)
    return Entry()


def allow(
    conn: Connection, act: Act, row: DeviceCode, client: Client, allowance: Allowance
) -> bool:
    """Let a device act for the user; false if somebody decided before, or the time is over."""
    if not device_codes.allow(conn, row.id, allowance, act.now):
        return False
    consents.agree(conn, act, allowance.user_id, client, row.scope.split(" "))
    _record(conn, act.changing(_OPEN, {"decision": "allowed"}), "device.allow", row, client)
    return True


def deny(conn: Connection, act: Act, row: DeviceCode, client: Client) -> bool:
    """Refuse a device; false if somebody decided before, or the time is over."""
    if not device_codes.deny(conn, row.id, act.now):
        return False
    _record(conn, act.changing(_OPEN, {"decision": "denied"}), "device.deny", row, client)
    return True


def _record(conn: Connection, act: Act, name: str, row: DeviceCode, client: Client) -> None:
    asked_from = {"address": row.address, "user_agent": row.user_agent}
    detail = {"consumer_key": client.client_id, "scope": row.scope, "asked_from": asked_from}
    act.record(conn, name, "user", act.actor.id, detail)
