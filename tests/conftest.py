"""Fixtures every test may ask for: databases, the browser, and the rule against the network."""

import ipaddress
import itertools
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import hypothesis
import pytest
from playwright.async_api import Browser, async_playwright

from tests import audited, programs

# Two cores are shared with servers and browsers: a slow example is no finding.
hypothesis.settings.register_profile("gatelodge", deadline=None)
hypothesis.settings.load_profile("gatelodge")

CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--force-prefers-reduced-motion",
)

_database_numbers = itertools.count(1)


def _only_loopback(event: str, arguments: tuple[object, ...]) -> None:
    """Audit hook: a test that would leave this machine fails where it tries to."""
    if event != "socket.connect":
        return
    address = arguments[1]
    if not isinstance(address, tuple) or address[0] in {"localhost", ""}:
        return
    try:
        leaves = not ipaddress.ip_address(address[0]).is_loopback
    except ValueError:
        leaves = True
    if leaves:
        raise ConnectionRefusedError(f"tests may only connect to this machine, not {address[0]}")


sys.addaudithook(_only_loopback)


@pytest.fixture(autouse=True)
def acts_leave_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every unit of work of an act writes down what it changes, whichever test runs it."""
    audited.watch(monkeypatch)


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[programs.Cluster]:
    """A private PostgreSQL cluster, one for each process that runs tests."""
    cluster = programs.Cluster.start()
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def postgres_url(postgres_cluster: programs.Cluster) -> str:
    """URL of the cluster's administrative database; tests use `postgres_database`."""
    return postgres_cluster.url("postgres")


@pytest.fixture
def postgres_database(postgres_cluster: programs.Cluster) -> Iterator[str]:
    """URL of an empty PostgreSQL database of the test's own."""
    name = f"test_{next(_database_numbers)}"
    postgres_cluster.execute(f"CREATE DATABASE {name}")
    yield postgres_cluster.url(name)
    postgres_cluster.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty database, once SQLite and once PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'gatelodge.sqlite'}"
    url: str = request.getfixturevalue("postgres_database")
    return url


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the Chromium executable."""
    return programs.chromium_path() or programs.absent("Chromium")


@pytest.fixture(scope="session")
def valkey() -> str:
    """Path of a Valkey server executable."""
    return programs.valkey_path() or programs.absent("Valkey")


@pytest.fixture
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """A headless Chromium of the test's own, without motion and without a life in the background.

    Open contexts with `reduced_motion="reduce"`: smooth scrolling makes clicks miss.
    """
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(
            executable_path=chromium, headless=True, args=CHROMIUM_ARGUMENTS
        )
        yield started
        await started.close()
