"""How many files and connections this process may have open."""

import sys

_OTHERS = 512
"""Left to connections of our own, to upstreams and databases, and to files."""


def for_connections(wanted: int) -> int:
    """Return how many callers' connections fit, at most ``wanted``; the limit is raised for them.

    The limit a process starts with, often 1,024, is meant for programs that could not bear more.
    """
    if sys.platform == "win32":
        return wanted
    import resource  # noqa: PLC0415 - not there on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + _OTHERS
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return wanted
    raised = needed if hard == resource.RLIM_INFINITY else min(hard, needed)
    if raised > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
    return max(raised - _OTHERS, raised // 2)
