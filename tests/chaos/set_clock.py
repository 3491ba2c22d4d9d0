"""``python -m tests.chaos.set_clock``: the program on a machine whose clock a test sets.

Its periodic jobs, which forget what is old, run all the time.

The file that the variable names holds by how many seconds it is wrong (8 bytes, a C double).
"""

import importlib
import mmap
import os
import runpy
import struct
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

WRONG_BY = "TESTS_CLOCK_WRONG_BY"
_NUMBER = struct.Struct("d")


class Clock:
    """The clock of the machine, as it is set by a file; a test has the same one open."""

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self._set = mmap.mmap(file.fileno(), _NUMBER.size)
        self._time, self._time_ns = time.time, time.time_ns

    @classmethod
    def made(cls, path: Path) -> "Clock":
        """Make the file of a clock that is right."""
        path.write_bytes(_NUMBER.pack(0.0))
        return cls(path)

    @property
    def wrong_by(self) -> float:
        """By how many seconds it is ahead."""
        wrong_by: float = _NUMBER.unpack(self._set[: _NUMBER.size])[0]
        return wrong_by

    def set(self, wrong_by: float) -> None:
        """Set it."""
        self._set[: _NUMBER.size] = _NUMBER.pack(wrong_by)

    def time(self) -> float:
        """Return what ``time.time`` is to return."""
        return self._time() + self.wrong_by

    def time_ns(self) -> int:
        """Return what ``time.time_ns`` is to return."""
        return self._time_ns() + int(self.wrong_by * 1e9)


def often(table: Callable[..., Sequence[Any]]) -> Callable[..., Sequence[Any]]:
    """Return the table of jobs that runs them all the time, so that a test need not wait."""
    return lambda *parts: [msgspec.structs.replace(job, every=0.05) for job in table(*parts)]


if __name__ == "__main__":
    clock = Clock(Path(os.environ[WRONG_BY]))
    vars(time).update(time=clock.time, time_ns=clock.time_ns)
    # Only now: what is imported takes the clock there is.
    jobs = importlib.import_module("gatelodge.jobs")
    vars(jobs)["table"] = often(jobs.table)
    runpy.run_module("tests.recorded", run_name="__main__")
