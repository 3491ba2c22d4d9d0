"""Links that let a person choose a new password, and how often one may be asked for."""

import msgspec

from gatelodge.identity.sessions import Kind
from gatelodge.identity.sign_in import Failures

LIFETIME = 1_800
"""How long a link works, in seconds, from the moment its mail is sent."""

PER_PERSON = 3
"""How many mails a person gets in an hour, whoever asks."""

PER_ADDRESS = 60
"""How often one network address may ask in an hour; a proxy may stand for many people."""

WINDOW = 3_600


class ResetLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link, of whose secret only the digest is kept. Times: seconds since the epoch.

    ``bound`` is a digest of the password hash and the address it was made for: with another one of
    either it is dead.
    """

    id: int
    digest: bytes
    kind: Kind
    person_id: int
    bound: bytes
    created_at: int
    expires_at: int
    spent_at: int | None = None

    def open(self, now: int) -> bool:
        """Say whether the link still works at ``now``."""
        return self.spent_at is None and now < self.expires_at


def asked(before: Failures, now: int, most: int) -> Failures | None:
    """Count one more request; ``None`` when there were ``most`` in this hour already.

    The counts' ``locked_until`` is the end of the hour that the first request began.
    """
    if now >= before.locked_until:
        return Failures(failures=1, last_at=now, locked_until=now + WINDOW)
    if before.failures >= most:
        return None
    return Failures(failures=before.failures + 1, last_at=now, locked_until=before.locked_until)
