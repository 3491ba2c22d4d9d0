"""Where tokens are kept: tried before use, private, whole or not there at all."""

import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import keyring.backend
import keyring.backends.fail
import keyring.errors
import pytest

from gatelodge_client import FileStore, KeyringStore, MemoryStore, Store, open_store
from gatelodge_client.errors import StoreFailed
from gatelodge_client.store import default_folder

SECRET = b'{"held": "access-secret"}'


class Ring(keyring.backend.KeyringBackend):
    """A keyring that works, or fails in the ways of life."""

    priority = 1
    name = "test ring"

    def __init__(self, trouble: str = "") -> None:
        super().__init__()  # type: ignore[no-untyped-call] # the library is typed in part
        self.trouble = trouble
        self.kept: dict[tuple[str, str], str] = {}

    def _may(self, verb: str) -> None:
        if self.trouble == verb:
            raise keyring.errors.KeyringError(f"cannot keep {SECRET!r}")

    def get_password(self, service: str, username: str) -> str | None:
        """Return a kept text."""
        self._may("read")
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep a text."""
        self._may("write")
        if self.trouble != "forget":
            self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        """Forget a text."""
        self._may("clear")
        del self.kept[service, username]


@pytest.fixture(params=["memory", "file", "keyring"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """Each kind of store, empty."""
    makers: dict[str, Callable[[], Store]] = {
        "memory": MemoryStore,
        "file": lambda: FileStore(tmp_path / "tokens"),
        "keyring": lambda: KeyringStore(Ring(), tmp_path / "locks"),
    }
    return makers[request.param]()


def test_every_store_keeps_by_key(store: Store) -> None:
    """What was saved last is loaded; deleting twice is no error; keys do not meet."""
    assert store.load("a") is None
    store.save("a", b"one")
    store.save("a", b"two")
    store.save("b", b"other")
    assert (store.load("a"), store.load("b")) == (b"two", b"other")
    store.delete("a")
    store.delete("a")
    assert (store.load("a"), store.load("b")) == (None, b"other")
    assert store.kind in {"memory", "file", "keyring"}
    assert store.where


def test_every_lock_excludes(store: Store) -> None:
    """One holder at a time for each key, and letting go lets the next one in."""
    first, second = store.lock("a"), store.lock("a")
    assert first.try_acquire()
    assert not second.try_acquire()
    other = store.lock("b")
    assert other.try_acquire()
    other.release()
    first.release()
    assert second.try_acquire()
    second.release()


def test_files_are_private(tmp_path: Path) -> None:
    """Files are 0600 in a directory that is 0700, whatever the umask; nothing else is left."""
    before = os.umask(0)
    try:
        store = FileStore(tmp_path / "new" / "tokens")
        store.save("a", SECRET)
        lock = store.lock("a")
        assert lock.try_acquire()
        lock.release()
    finally:
        os.umask(before)
    folder = tmp_path / "new" / "tokens"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert {path.name for path in folder.iterdir()} <= {"a.json", "a.lock"}


def test_a_file_others_can_read_is_refused(tmp_path: Path) -> None:
    """The error says what to type."""
    store = FileStore(tmp_path)
    store.save("a", SECRET)
    (tmp_path / "a.json").chmod(0o644)
    with pytest.raises(StoreFailed, match="chmod 600"):
        store.load("a")


def test_a_write_that_fails_leaves_the_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk costs the new content only, and no part of it stays behind."""
    store = FileStore(tmp_path)
    store.save("a", b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreFailed, match="No space left"):
        store.save("a", SECRET)
    assert store.load("a") == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """A file in the way is named."""
    (tmp_path / "taken").write_text("")
    store = FileStore(tmp_path / "taken")
    for act in (lambda: store.save("a", b""), lambda: store.lock("a"), lambda: store.load("a")):
        with pytest.raises(StoreFailed, match="taken"):
            act()


@pytest.mark.parametrize("trouble", ["read", "write", "clear"])
def test_keyring_errors_hide_what_was_kept(trouble: str, tmp_path: Path) -> None:
    """Some keyrings put what they were given into their error: ours does not repeat it."""
    ring = Ring()
    store = KeyringStore(ring, tmp_path)
    store.save("a", SECRET)
    ring.trouble = trouble
    acts: dict[str, Callable[[], object]] = {
        "read": lambda: store.load("a"),
        "write": lambda: store.save("a", SECRET),
        "clear": lambda: store.delete("a"),
    }
    with pytest.raises(StoreFailed, match=f"cannot {trouble}") as failed:
        acts[trouble]()
    assert "secret" not in str(failed.value)


def opened(ring: keyring.backend.KeyringBackend, folder: Path) -> tuple[Store, list[str]]:
    """Open a store on a machine with this keyring; return it with the notices given."""
    notices: list[str] = []
    before = keyring.get_keyring()
    keyring.set_keyring(ring)
    try:
        return open_store(folder=folder, notice=notices.append), notices
    finally:
        keyring.set_keyring(before)


def test_a_keyring_that_works_is_taken(tmp_path: Path) -> None:
    """It was tried with a text that is gone again, and nothing is said."""
    ring = Ring()
    store, notices = opened(ring, tmp_path)
    assert (store.kind, notices, ring.kept) == ("keyring", [], {})
    assert "test ring" in store.where


@pytest.mark.parametrize("trouble", ["read", "write", "forget"])
def test_a_keyring_that_does_not_work(tmp_path: Path, trouble: str) -> None:
    """Headless Linux: found out before anybody signs in; the file is named in one line."""
    store, notices = opened(Ring(trouble), tmp_path)
    assert store.kind == "file"
    assert notices == [
        f"No keyring works here: tokens are kept unencrypted in {tmp_path / 'tokens'}, mode 0600"
    ]
    store.save("a", SECRET)


def test_no_keyring_at_all(tmp_path: Path) -> None:
    """The library's own answer to "none found" is not taken for one."""
    store, notices = opened(keyring.backends.fail.Keyring(), tmp_path)  # type: ignore[no-untyped-call] # typed in part
    assert (store.kind, len(notices)) == ("file", 1)


def test_no_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra a file is used; asking for the keyring says what to install."""
    monkeypatch.setitem(sys.modules, "keyring", None)
    notices: list[str] = []
    assert open_store(folder=tmp_path, notice=notices.append).kind == "file"
    with pytest.raises(StoreFailed, match=r"pip install 'gatelodge-client\[keyring\]'"):
        open_store("keyring", folder=tmp_path)


def test_nothing_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is the last resort of auto, with a notice; a place asked for by name must work."""
    monkeypatch.setitem(sys.modules, "keyring", None)
    (tmp_path / "taken").write_text("")
    notices: list[str] = []
    store = open_store(folder=tmp_path / "taken", notice=notices.append)
    assert store.kind == "memory"
    assert "memory only" in notices[0]
    with pytest.raises(StoreFailed):
        open_store("file", folder=tmp_path / "taken")


def test_places_by_name(tmp_path: Path) -> None:
    """A place that is asked for is taken without a word."""
    notices: list[str] = []
    for name in ("file", "memory"):
        store = open_store(name, folder=tmp_path, notice=notices.append)
        assert store.kind == name
    assert notices == []


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"GATELODGE_HOME": "/srv/g", "XDG_CONFIG_HOME": "/x"}, "/srv/g"),
        ({"XDG_CONFIG_HOME": "/x"}, "/x/gatelodge"),
        ({}, str(Path.home() / ".config" / "gatelodge")),
    ],
)
def test_the_users_folder(environment: dict[str, str], folder: str) -> None:
    """The program's own variable comes first, then the system's custom."""
    assert str(default_folder(environment)) == folder
