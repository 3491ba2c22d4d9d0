"""A code that somebody typed: looked up, sealed for the next page, answered."""

import msgspec

from gatelodge.authserver.context import Context
from gatelodge.identity.sessions import Session, network
from gatelodge.identity.users import User
from gatelodge.oauth import device, digests
from gatelodge.oauth.clients import Client
from gatelodge.oauth.device import Allowance, DeviceCode
from gatelodge.operations import devices
from gatelodge.operations.actor import Act, Actor
from gatelodge.settings import Secrets
from gatelodge.storage import clients, device_codes
from gatelodge.web import sealing

_PURPOSE = "device"


class Entered(msgspec.Struct, frozen=True, kw_only=True):
    """A code that was typed: of which request, by whom, in which session."""

    row_id: int
    session_id: int
    user_id: int
    user_code: str


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """A device's request that waits for an answer, and the application it is of."""

    entered: Entered
    row: DeviceCode
    client: Client


class Entries:
    """What the device pages do; each act in one unit of work."""

    def __init__(self, context: Context, secrets: Secrets) -> None:
        self._context = context
        self._secrets = secrets

    async def enter(self, letters: str, user: User, address: str) -> devices.Entry:
        """Look a code up, unless too many wrong ones came from this person or address."""
        key = self._context.digest_keys.user_code
        names = (f"person:{user.id}", f"address:{network(address)}")
        sources = [digests.digest(key, name.encode()) for name in names]
        wanted = digests.digest(key, letters.encode())
        now = self._context.clock()
        return await self._context.store.write(devices.enter, sources, wanted, now)

    def seal(self, entered: Entered, row: DeviceCode) -> str:
        """Return what was typed as text that opens until the request ends."""
        return sealing.seal(self._secrets, _PURPOSE, entered, row.expires_at)

    def unseal(self, text: str) -> Entered:
        """Return what was typed. Raises ``BadSeal``."""
        return sealing.unseal(self._secrets, _PURPOSE, text, Entered, self._context.clock())

    async def asking(self, entered: Entered) -> Asking | None:
        """Return the request if it may be answered still, and its client may have the answer."""
        row = await self._context.store.read(device_codes.find, entered.row_id)
        if row is None or not device.is_open(row, self._context.clock()):
            return None
        client = await self._context.store.read(clients.find, row.client_row)
        if client is None or not client.active or device.GRANT_TYPE not in client.grant_types:
            return None
        return Asking(entered=entered, row=row, client=client)

    async def allow(self, asking: Asking, user: User, session: Session, address: str) -> bool:
        """Let the device act for the user; false if it is too late."""
        allowance = Allowance(
            user_id=user.id,
            family_id=self._context.store.ids.next(),
            auth_time=session.auth_time,
            amr=" ".join(session.amr),
        )
        act = self._act(user, address)
        return await self._context.store.write(
            devices.allow, act, asking.row, asking.client, allowance
        )

    async def deny(self, asking: Asking, user: User, address: str) -> bool:
        """Refuse the device; false if it is too late."""
        act = self._act(user, address)
        return await self._context.store.write(devices.deny, act, asking.row, asking.client)

    def _act(self, user: User, address: str) -> Act:
        actor = Actor(kind="user", id=user.id, name=user.login_name, address=address)
        return Act(actor=actor, now=self._context.clock(), ids=self._context.store.ids)
