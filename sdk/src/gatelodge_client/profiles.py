"""Named settings, so that the next sign-in asks for nothing again.

Owns one index file, `profiles.json`, without any secret: the consumer secret is in the store that
the profile names, as the tokens are. The place is chosen once and remembered, so that programs in
other sessions (a desktop, an SSH login) look where the tokens are.
"""

import hashlib
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict

import msgspec

from gatelodge_client.errors import SettingsError, StoreFailed
from gatelodge_client.settings import ClientAuth, Settings
from gatelodge_client.store import Preference, Store, default_folder, open_store
from gatelodge_client.store.files import locked_by, make_private, replace

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_LOCK_SECONDS = 10.0
_POLL_SECONDS = 0.02


class Profile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An application at a server and one of its users; see ``Settings`` for the fields.

    ``redirect_uri`` is where the browser returns to, as registered. A profile without a
    ``client_id`` is of a developer who has no application yet: nobody signs in with it.
    """

    base_url: str
    client_id: str = ""
    tenant: str = "vbc.prod"
    token_url: str = ""
    authorize_url: str = ""
    device_url: str = ""
    revoke_url: str = ""
    issuer: str = ""
    require_iss: bool = False
    scope: str = "openid"
    client_auth: ClientAuth = "basic"
    allow_http: bool = False
    redirect_uri: str = "http://127.0.0.1:0/callback"
    user: str = ""
    storage: Preference = "auto"

    def settings(self, client_secret: str = "") -> Settings:
        """Return the settings this profile stands for."""
        own = msgspec.structs.asdict(self)
        del own["user"], own["storage"], own["redirect_uri"]
        return Settings(client_secret=client_secret or None, **own)

    @property
    def secret_key(self) -> str:
        """The name the consumer secret is stored under."""
        parts = f"consumer secret\n{self.base_url}\n{self.client_id}"
        return hashlib.sha256(parts.encode()).hexdigest()[:40]


class _Index(msgspec.Struct, kw_only=True):
    current: str = ""
    profiles: dict[str, Profile] = {}


class Opened(TypedDict):
    """What a client needs beside its settings: ``Client(settings, **options)``."""

    store: Store
    user: str


class Profiles:
    """The profiles of this user of the machine, in ``folder``."""

    def __init__(
        self, folder: Path | None = None, notice: Callable[[str], None] = lambda _: None
    ) -> None:
        self._folder = folder or default_folder()
        self._notice = notice

    @property
    def path(self) -> Path:
        """The index file."""
        return self._folder / "profiles.json"

    def names(self) -> list[str]:
        """Return all names in order."""
        return sorted(self._read().profiles)

    def current(self) -> str:
        """Return the name that is used when none is given; empty when there is no profile."""
        return self._read().current

    def get(self, name: str = "") -> Profile:
        """Return a profile, the current one unless named; raises ``SettingsError``."""
        index = self._read()
        chosen = name or index.current
        if chosen not in index.profiles:
            known = ", ".join(sorted(index.profiles)) or "none"
            raise SettingsError(
                f"There is no profile {chosen!r}" if chosen else "There is no profile yet",
                hint=f"Profiles here: {known}.",
            )
        return index.profiles[chosen]

    def add(self, name: str, profile: Profile, client_secret: str = "") -> Profile:
        """Keep a profile under a name and make it the current one; return it as kept.

        The place for secrets is tried now, before anybody signs in, and written into the profile.
        """
        if not _NAME.fullmatch(name):
            raise SettingsError(
                f"{name!r} is no name for a profile", hint="Letters, digits, dots and dashes."
            )
        store = open_store(profile.storage, folder=self._folder, notice=self._notice)
        kept = msgspec.structs.replace(profile, storage=store.kind)
        # Checks the addresses, of a profile without an application too.
        msgspec.structs.replace(kept, client_id=profile.client_id or "none").settings()
        if client_secret:
            store.save(kept.secret_key, client_secret.encode())
        with self._changing() as index:
            index.profiles[name] = kept
            index.current = name
        return kept

    def use(self, name: str) -> None:
        """Make a profile the current one."""
        self.get(name)
        with self._changing() as index:
            index.current = name

    def remove(self, name: str) -> None:
        """Forget a profile; its consumer secret too, unless another profile shares it."""
        gone = self.get(name)
        with self._changing() as index:
            index.profiles.pop(name, None)
            if index.current == name:
                index.current = min(index.profiles, default="")
            is_shared = any(one.secret_key == gone.secret_key for one in index.profiles.values())
        if not is_shared:
            self.store(gone).delete(gone.secret_key)

    def open(self, name: str = "") -> tuple[Settings, Opened]:
        """Return what ``Client(settings, **options)`` takes, for a profile."""
        profile = self.get(name)
        store = self.store(profile)
        kept = store.load(profile.secret_key)
        return profile.settings((kept or b"").decode()), Opened(store=store, user=profile.user)

    def store(self, profile: Profile) -> Store:
        """Return the place a profile keeps its secrets in."""
        return open_store(profile.storage, folder=self._folder, notice=self._notice)

    def _read(self) -> _Index:
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=_Index)
        except FileNotFoundError:
            return _Index()
        except (msgspec.DecodeError, msgspec.ValidationError, OSError) as error:
            raise StoreFailed(
                f"{self.path} cannot be read", hint="Repair it, or move it away and sign in again."
            ) from error

    @contextmanager
    def _changing(self) -> Iterator[_Index]:
        """Read, let the block change, and write whole, while no other program does."""
        make_private(self._folder)
        lock, end = locked_by(self._folder, "profiles"), time.monotonic() + _LOCK_SECONDS
        while not lock.try_acquire():
            if time.monotonic() > end:
                raise StoreFailed(f"{self.path} is locked by another program")
            time.sleep(_POLL_SECONDS)
        try:
            index = self._read()
            yield index
            try:
                replace(self.path, msgspec.json.format(msgspec.json.encode(index), indent=2))
            except OSError as error:
                raise StoreFailed(f"Cannot write {self.path}: {error.strerror}") from error
        finally:
            lock.release()
