"""What storage raises: a store that cannot answer is not a caller's mistake."""


class StorageError(Exception):
    """Base of everything the storage package raises itself."""


class StoreUnavailable(StorageError):
    """The database is away, locked for too long or full: the caller may try again (503)."""


class StoreBusy(StoreUnavailable):
    """The write queue is full; nothing was written."""


class SchemaMismatch(StorageError):
    """The database was made by a newer version of the program than this one."""


class AlreadyServed(StorageError):
    """Another server works on the same SQLite file, which is for one process."""


class InstallationInUse(StorageError):
    """A backup goes into an empty installation, and this one is not."""


class TooManyNodes(StorageError):
    """Every node number is taken by a node that runs."""
