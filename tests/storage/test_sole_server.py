"""One server on one SQLite file; PostgreSQL takes any number."""

import subprocess
import sys
from pathlib import Path

import pytest

from gatelodge.storage import sole_server
from gatelodge.storage.errors import AlreadyServed


def test_a_second_server_is_refused_with_the_reason(tmp_path: Path) -> None:
    """Whoever comes second is told which file it is and what to do; later it may."""
    url = f"sqlite:///{tmp_path / 'lodge.db'}"
    refused = pytest.raises(AlreadyServed, match=r"lodge\.db.*PostgreSQL")
    with sole_server.held(url), refused, sole_server.held(url):
        pass
    with sole_server.held(url):
        pass


def test_another_name_of_the_file_is_the_same_file(tmp_path: Path) -> None:
    """A symbolic link does not lead around the lock."""
    (tmp_path / "link.db").symlink_to(tmp_path / "lodge.db")
    with sole_server.held(f"sqlite:///{tmp_path / 'lodge.db'}"):
        with pytest.raises(AlreadyServed), sole_server.held(f"sqlite:///{tmp_path / 'link.db'}"):
            pass
        with sole_server.held(f"sqlite:///{tmp_path / 'other.db'}"):
            pass


def test_postgresql_takes_any_number() -> None:
    """Nothing is held for a database that processes share."""
    url = "postgresql://lodge@127.0.0.1:1/lodge"
    with sole_server.held(url), sole_server.held(url):
        pass


def test_a_killed_server_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    """The kernel releases the lock of a process that had no time to."""
    url = f"sqlite:///{tmp_path / 'lodge.db'}"
    program = (
        "import sys\n"
        "from gatelodge.storage import sole_server\n"
        f"with sole_server.held({url!r}):\n"
        "    print('held', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == "held\n"
        with pytest.raises(AlreadyServed), sole_server.held(url):
            pass
        server.kill()
        server.wait()
        with sole_server.held(url):
            pass
