"""The place of a process that works for others, behind all who answer somebody."""

import contextlib
import ctypes
import os
import platform
import struct
import sys
from typing import Final

NICE: Final = 10
"""Of 0 to 19, the lowest: a tenth of a busy core. With 19 nobody signs in beside a busy process."""

TURN: Final = 100_000_000
"""How long a turn on the core would be, in nanoseconds, were nobody else to want it."""

_ATTRIBUTES: Final = struct.Struct("=IIQiIQQQ")
_SET_ATTRIBUTES: Final = {"x86_64": 314, "aarch64": 274, "riscv64": 274, "s390x": 345}


def step_back(pid: int) -> None:
    """Give a process of ours a low priority and long turns.

    Who has shorter turns may interrupt a long one when it wakes, on Linux from 6.12 on
    (sched_setattr(2), sched_runtime); otherwise it would wait for the end of one of 3 ms. An older
    system overlooks it.
    """
    if sys.platform == "win32":
        return
    os.setpriority(os.PRIO_PROCESS, pid, NICE)
    number = _SET_ATTRIBUTES.get(platform.machine())
    if sys.platform == "linux" and number is not None:
        wanted = _ATTRIBUTES.pack(_ATTRIBUTES.size, os.SCHED_OTHER, 0, NICE, 0, TURN, 0, 0)
        # The C library has no name for it before glibc 2.41.
        ctypes.CDLL(None).syscall(number, pid, wanted, 0)


def step_aside(pid: int) -> bool:
    """Let a process of ours run only while nobody else wants the core; false where none can.

    Nobody without privileges takes this back.
    """
    if sys.platform != "linux":
        return False
    with contextlib.suppress(OSError):
        os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))
        return True
    return False
