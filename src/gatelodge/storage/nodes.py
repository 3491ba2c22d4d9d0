"""Node numbers: part of every identifier, so no two nodes that run may have the same one.

A number is leased: its node says every minute that it lives, and gives it back when it ends. One
that was killed keeps its number until the lease is over.
"""

import msgspec
from sqlalchemy import Connection, delete, func, insert, or_, select, update

from gatelodge.storage import locks
from gatelodge.storage.errors import TooManyNodes
from gatelodge.storage.ids import NODES
from gatelodge.storage.node_schema import nodes

LEASE = 900
"""Seconds that a number stays taken after its node was last seen."""

_UNLEASED = 7 * 86_400
"""Seconds that a node of before there were leases is taken to run."""

_number = func.coalesce(nodes.c.number, nodes.c.id % NODES)


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A running node: its row and its number, below ``NODES``."""

    row: int
    number: int


def register(conn: Connection, now: int) -> Node:
    """Return a number that no running node has, not soon the same again.

    Raises ``TooManyNodes``.
    """
    locks.take(conn, "nodes")
    running = or_(
        nodes.c.seen_at > now - LEASE,
        nodes.c.number.is_(None) & (nodes.c.started_at > now - _UNLEASED),
    )
    taken = set(conn.execute(select(_number).where(running)).scalars())
    newest = conn.execute(select(nodes.c.id, _number).order_by(nodes.c.id.desc()).limit(1)).first()
    last_row, last = (0, 0) if newest is None else newest
    free = ((last + step) % NODES for step in range(1, NODES + 1))
    number = next((number for number in free if number not in taken), None)
    if number is None:
        raise TooManyNodes(f"{NODES} nodes run already")
    # The newest stays, whatever became of it: its number says where to go on.
    conn.execute(delete(nodes).where(~running, nodes.c.id != last_row))
    row = {"started_at": now, "seen_at": now, "number": number}
    return Node(
        row=conn.execute(insert(nodes).returning(nodes.c.id), row).scalar_one(), number=number
    )


def renew(conn: Connection, node: Node, now: int) -> Node:
    """Say that the node runs; one that was away for longer than its lease gets another number."""
    mine = (nodes.c.id == node.row) & (nodes.c.seen_at > now - LEASE)
    if conn.execute(update(nodes).where(mine).values(seen_at=now)).rowcount:
        return node
    return register(conn, now)


def release(conn: Connection, node: Node) -> None:
    """Give the number back."""
    conn.execute(update(nodes).where(nodes.c.id == node.row).values(seen_at=0))
