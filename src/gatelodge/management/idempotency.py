"""``Idempotency-Key``: a request that is repeated is answered again, and done once.

A key belongs to one personal access token and one request for a day. The answer is stored in the
same transaction as the act, sealed: it may hold a secret. So an interrupted request has either
done its work and can be asked again, or has done nothing and its claim lapses. What is refused is
not kept: the same key may be sent again.
"""

import hashlib
from collections.abc import Callable

import msgspec

from gatelodge.management.refusals import OtherRequest, StillAtWork
from gatelodge.settings import Secrets
from gatelodge.storage import idempotent_answers as answers
from gatelodge.storage.connections import Connection
from gatelodge.storage.engine import Store
from gatelodge.storage.idempotent_answers import Claim
from gatelodge.web import sealing
from gatelodge.web.clock import Clock
from gatelodge.web.http import BadRequest, Reply

LIFETIME = 86_400
"""How long, in seconds, an answer can be asked for again."""
LAPSE = 60
"""How long, in seconds, a claim without an answer keeps others away."""
LONGEST = 255
_LONGEST_SEALED = 1 << 18
_REPLAYED = ((b"idempotency-replayed", b"true"),)

Act = Callable[[Connection], Reply]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request with an ``Idempotency-Key``; ``request`` is what it asks for, as bytes."""

    holder: int
    key: bytes
    request: bytes


class Kept(msgspec.Struct, frozen=True):
    """An answer as it is sealed."""

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...]


def check(key: bytes) -> bytes:
    """Return a key's digest. Raises ``BadRequest`` for one that is empty, long or not ASCII."""
    if not 0 < len(key) <= LONGEST or not key.isascii() or not key.decode().isprintable():
        raise BadRequest(f"An Idempotency-Key has 1 to {LONGEST} printable ASCII characters.")
    return hashlib.sha256(key).digest()


class Answers:
    """Keeps and repeats answers."""

    def __init__(self, store: Store, secrets: Secrets, clock: Clock) -> None:
        self._store = store
        self._secrets = secrets
        self._clock = clock

    async def replayed(self, asked: Asked) -> tuple[Claim, Reply | None]:
        """Claim a key; with it comes the answer if there is one already.

        Raises ``StillAtWork`` and ``OtherRequest``.
        """
        now = self._clock()
        claim = Claim(
            id=self._store.ids.next(),
            holder=asked.holder,
            key=asked.key,
            request=hashlib.sha256(asked.request).digest(),
            claimed_at=now,
            expires_at=now + LIFETIME,
        )
        before = await self._store.write(answers.claim, claim, now - LAPSE)
        if before is None:
            return claim, None
        if before.request != claim.request:
            raise OtherRequest
        if before.sealed is None:
            raise StillAtWork
        kept = sealing.unseal(
            self._secrets, _bound(before), before.sealed.decode(), Kept, now, _LONGEST_SEALED
        )
        return before, Reply(kept.status, kept.body, (*kept.headers, *_REPLAYED))

    async def done(self, claim: Claim, act: Act) -> Reply:
        """Act and keep the answer, both or neither; a refusal gives the key back.

        Raises ``StillAtWork`` if the claim lapsed and somebody else took it.
        """
        try:
            return await self._store.write(self._act, claim, act)
        except BaseException:
            await self.given_back(claim)
            raise

    async def given_back(self, claim: Claim) -> None:
        """Let the key be used again: nothing was done."""
        await self._store.write(answers.release, claim.id)

    def _act(self, conn: Connection, claim: Claim, act: Act) -> Reply:
        reply = act(conn)
        kept = Kept(reply.status, reply.body, reply.headers)
        sealed = sealing.seal(self._secrets, _bound(claim), kept, claim.expires_at)
        if not answers.finish(conn, claim.id, sealed.encode()):
            raise StillAtWork
        return reply


def _bound(claim: Claim) -> str:
    return f"idempotent-answer:{claim.holder}:{claim.key.hex()}"
