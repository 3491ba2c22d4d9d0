"""Where the ``lodge`` command starts: says what is missing when the extra is not installed."""

import importlib.util
import sys

_NEEDED = ("rich", "typer")


def main() -> None:
    """Run the command line."""
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        sys.exit("lodge needs more libraries: pip install 'gatelodge-client[cli]'")
    importlib.import_module("gatelodge_client.cli.main").run()
