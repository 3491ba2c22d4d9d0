"""Room for connections, in a process whose limit is its own to raise."""

import asyncio
import sys

import pytest

PROGRAM = """
import resource
from gatelodge.web import descriptors
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))
print(descriptors.for_connections(1000), *resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.parametrize(
    ("soft", "hard", "printed"),
    [
        (1024, 4096, "1000 1512 4096"),
        (1024, 1024, "512 1024 1024"),
        (256, 300, "150 300 300"),
        (4000, 4096, "1000 4000 4096"),
    ],
)
async def test_connections_fit_into_the_limit_of_open_files(
    soft: int, hard: int, printed: str
) -> None:
    """The soft limit is raised as far as needed; where that is not enough there are fewer."""
    program = PROGRAM.format(soft=soft, hard=hard)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    assert output.decode().strip() == printed
