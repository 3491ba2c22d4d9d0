"""Profiles: settings by name, in one index without secrets."""

import stat
import threading
from pathlib import Path

import pytest

from gatelodge_client import Client, Profile, Profiles
from gatelodge_client.errors import SettingsError, StoreFailed
from tests.sdk.scripted import BASE, KEY

SECRET = "ConsumerSecret0a"


def profile(**more: str) -> Profile:
    """Return a profile whose secrets go to a file."""
    given = {"base_url": BASE, "client_id": KEY, "user": "jsmith", **more}
    return Profile(storage="file", **given)  # type: ignore[arg-type] # all of them are texts


@pytest.fixture
def profiles(tmp_path: Path) -> Profiles:
    """No profile yet."""
    return Profiles(tmp_path)


def test_settings_are_kept_by_name(profiles: Profiles) -> None:
    """The next start needs the name only, or not even that."""
    profiles.add("work", profile(token_url="https://login.example.org/token"), SECRET)
    again = Profiles(profiles.path.parent)
    assert (again.names(), again.current()) == (["work"], "work")
    settings, options = again.open()
    assert settings.token_url == "https://login.example.org/token"
    assert settings.secret == SECRET
    assert (options["user"], options["store"].kind) == ("jsmith", "file")
    with Client(settings, **options) as client:
        assert client.session.store is options["store"]


def test_the_index_holds_no_secret(profiles: Profiles) -> None:
    """And is private all the same."""
    profiles.add("work", profile(), SECRET)
    assert SECRET not in profiles.path.read_text()
    assert stat.S_IMODE(profiles.path.stat().st_mode) == 0o600


def test_the_place_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What auto chose is written down: another session looks where the tokens are."""
    monkeypatch.setitem(__import__("sys").modules, "keyring", None)
    notices: list[str] = []
    profiles = Profiles(tmp_path, notices.append)
    kept = profiles.add("work", Profile(base_url=BASE, client_id=KEY))
    assert kept.storage == profiles.get().storage == "file"
    profiles.open()
    assert len(notices) == 1


def test_several_profiles(profiles: Profiles) -> None:
    """The last one added is current until another is chosen; removing falls back to one left."""
    profiles.add("b", profile(), SECRET)
    profiles.add("a", profile(client_id="other"), "other-secret")
    assert (profiles.current(), profiles.names()) == ("a", ["a", "b"])
    profiles.use("b")
    assert profiles.get().client_id == KEY
    profiles.remove("b")
    assert (profiles.current(), profiles.names()) == ("a", ["a"])
    profiles.remove("a")
    assert profiles.current() == ""


def test_a_shared_consumer_secret_stays(profiles: Profiles) -> None:
    """Two users of one application: removing one leaves the other's secret."""
    profiles.add("one", profile(), SECRET)
    profiles.add("two", profile(user="ajones"))
    profiles.remove("one")
    assert profiles.open("two")[0].secret == SECRET
    store = profiles.open("two")[1]["store"]
    key = profiles.get("two").secret_key
    profiles.remove("two")
    assert store.load(key) is None


def test_names_that_are_not_there(profiles: Profiles) -> None:
    """The error says which there are."""
    with pytest.raises(SettingsError, match="no profile yet"):
        profiles.get()
    profiles.add("work", profile())
    for act in (profiles.get, profiles.use, profiles.remove, profiles.open):
        with pytest.raises(SettingsError, match="'home'\nProfiles here: work"):
            act("home")


@pytest.mark.parametrize("name", ["", "../x", "a b", ".", "-x", "x" * 65])
def test_names_that_cannot_be(profiles: Profiles, name: str) -> None:
    """A name is a word."""
    with pytest.raises(SettingsError, match="no name"):
        profiles.add(name, profile())


def test_settings_that_cannot_be_are_not_kept(profiles: Profiles) -> None:
    """They are refused when they are given, not at the next start."""
    with pytest.raises(SettingsError):
        profiles.add("work", profile(base_url="http://api.example.com"), SECRET)
    assert profiles.names() == []


def test_an_index_that_is_broken(profiles: Profiles) -> None:
    """It is said, and left alone."""
    profiles.path.write_text("{")
    with pytest.raises(StoreFailed, match="cannot be read"):
        profiles.add("work", profile())
    assert profiles.path.read_text() == "{"


def test_programs_do_not_overwrite_each_other(tmp_path: Path) -> None:
    """Profiles added at the same moment are all kept."""
    gate = threading.Barrier(8)

    def add(name: str) -> None:
        gate.wait(30)
        Profiles(tmp_path).add(name, profile())

    threads = [threading.Thread(target=add, args=(f"p{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert Profiles(tmp_path).names() == [f"p{n}" for n in range(8)]
