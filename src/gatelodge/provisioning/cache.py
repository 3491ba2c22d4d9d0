"""Accounts and locations in memory, read once and forgotten on the change log's word."""

from gatelodge.directory.accounts import Account
from gatelodge.directory.locations import Location
from gatelodge.storage import directory
from gatelodge.storage.changes import Change
from gatelodge.storage.engine import Store
from gatelodge.storage.live import Bounded, Live

_SIZE = 10_000


class DirectoryCache:
    """What nearly every call asks for. Only accounts that exist are kept."""

    def __init__(self, store: Store, live: Live) -> None:
        self._store = store
        self._accounts: Bounded[int, Account] = Bounded(_SIZE)
        self._locations: Bounded[int, tuple[Location, ...]] = Bounded(_SIZE)
        self._epoch = 0
        live.subscribe(self._forget)

    async def account(self, account_id: int) -> Account | None:
        """Return the account with this id."""
        found = self._accounts.get(account_id)
        if found is None:
            epoch = self._epoch
            found = await self._store.read(directory.find_account, account_id)
            # A change that came in while reading makes this answer too old to keep.
            if found is not None and epoch == self._epoch:
                self._accounts.put(account_id, found)
        return found

    async def locations(self, account_id: int) -> tuple[Location, ...]:
        """Return every location of an account, by id."""
        found = self._locations.get(account_id)
        if found is None:
            epoch = self._epoch
            found = await self._store.read(directory.locations_of, account_id)
            if found and epoch == self._epoch:
                self._locations.put(account_id, found)
        return found

    def _forget(self, change: Change) -> None:
        if change.kind != "directory":
            return
        self._epoch += 1
        if change.ref:
            self._accounts.pop(change.ref, None)
            self._locations.pop(change.ref, None)
        else:  # about too many accounts to name them
            self._accounts.clear()
            self._locations.clear()
