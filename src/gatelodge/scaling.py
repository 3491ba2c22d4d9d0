"""What an operator says of the parts that processes share, checked."""

from collections.abc import Iterator


def database_url_problem(value: str) -> str | None:
    """Say what is wrong with a database's address, ``None`` when nothing is."""
    if not value or value.startswith(("sqlite:///", "postgresql://", "postgres://")):
        return None
    return "must start with sqlite:/// or postgresql://"


def conflicts(*, workers: int, database: str, forks: bool) -> Iterator[str]:
    """Yield what cannot be together; ``forks`` says whether this system has processes to fork."""
    if workers > 1 and database.startswith("sqlite"):
        yield (
            f"workers: {workers} processes cannot share a SQLite database; set "
            "database_url to a PostgreSQL database, or workers to 1"
        )
    if workers > 1 and not forks:
        yield "workers: this system cannot fork processes; set workers to 1"
