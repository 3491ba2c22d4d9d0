"""One demo server for all commands, and somebody who signed in to it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests import serving
from tests.flows.signing_in import PASSWORD
from tests.lodge.terminal import Person
from tests.serving import DEMO_KEY, DEMO_SECRET, Server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """The demo tenant on SQLite."""
    async with serving.demo(tmp_path_factory.mktemp("lodge") / "data") as server:
        yield server


@pytest.fixture
def stranger(tmp_path: Path) -> Person:
    """Somebody who never used the command."""
    return Person(tmp_path / "home")


@pytest.fixture(scope="session")
def newcomer(demo: Server, tmp_path_factory: pytest.TempPathFactory) -> Person:
    """Somebody with a profile who never signs in."""
    person = Person(tmp_path_factory.mktemp("newcomer"))
    add_profile(person, demo)
    return person


@pytest.fixture(scope="session")
def jsmith(demo: Server, tmp_path_factory: pytest.TempPathFactory) -> Person:
    """Somebody who is signed in; tests leave it so."""
    person = Person(tmp_path_factory.mktemp("jsmith"))
    add_profile(person, demo)
    done = person.lodge("login", "--user", "jsmith", "--password-stdin", stdin=PASSWORD)
    assert done.code == 0, done.err
    return person


def add_profile(person: Person, demo: Server) -> None:
    """Keep the demo's application as the profile `demo`."""
    done = person.lodge(
        "profile",
        "add",
        "demo",
        *("--base-url", demo.base_url, "--client-id", DEMO_KEY, "--secret-stdin"),
        *("--redirect-uri", f"{demo.base_url}/callback-demo"),
        stdin=DEMO_SECRET,
    )
    assert done.code == 0, done.err
