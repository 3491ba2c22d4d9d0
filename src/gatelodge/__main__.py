"""``python -m gatelodge`` and the ``gatelodge`` command."""

from gatelodge.cli.main import app


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
