"""What an operator says of processes and the parts they share, checked."""

from collections.abc import Iterator
from typing import Annotated, Literal
from urllib.parse import urlsplit

from msgspec import Meta

Workers = Annotated[
    int,
    Meta(
        description="Processes that serve the port, each with an event loop of its own. More "
        "than one needs PostgreSQL.",
        ge=1,
        le=256,
    ),
]
ChangeFeed = Annotated[
    Literal["listen", "poll"],
    Meta(
        description='How a node learns what others change: "listen" is told by PostgreSQL at '
        'once, "poll" looks ten times a second. Where nothing is heard it looks anyway.'
    ),
]
ValkeyUrl = Annotated[
    str,
    Meta(
        description="valkey://[USER:PASSWORD@]HOST[:PORT][/DATABASE], valkeys:// with TLS or "
        "unix://PATH. Processes count calls together there. Default: each counts by itself."
    ),
]
AuditMonths = Annotated[
    int,
    Meta(
        description="For how many months of 30 days lines of the activity log are kept; older ones "
        "go a quarter at a time. 0: all are kept.",
        ge=0,
        le=24,
    ),
]
WhenAway = Annotated[
    Literal["local", "deny", "allow"],
    Meta(
        description="What becomes of calls that count while Valkey does not answer: "
        '"local" each process counts by itself, "deny" 503, "allow" they pass uncounted.'
    ),
]

AccessLog = Annotated[
    bool,
    Meta(
        description="Write a line of JSON for each request to standard error: when, what kind of "
        "request, its status, milliseconds, id and client address; no path, query or token."
    ),
]

OperatorAddress = Annotated[
    str,
    Meta(
        description="HOST:PORT where Prometheus reads /metrics and nothing else is answered; "
        "further workers take the ports after it. Default: it is not served. Keep it inside."
    ),
]


def operator_socket(value: str) -> tuple[str, int] | None:
    """Return host and port of an operator's address, ``None`` when there is none.

    Raises ``ValueError`` for what is no address.
    """
    if not value:
        return None
    parts = urlsplit(f"//{value}")
    if not parts.hostname or not parts.port or parts.netloc != value or "@" in value:
        message = "must be HOST:PORT, like 127.0.0.1:9464"
        raise ValueError(message)
    return parts.hostname, parts.port


def operator_address_problem(value: str) -> str | None:
    """Say what is wrong with an operator's address, ``None`` when nothing is."""
    try:
        operator_socket(value)
    except ValueError:
        return "must be HOST:PORT, like 127.0.0.1:9464"
    return None


def database_url_problem(value: str) -> str | None:
    """Say what is wrong with a database's address, ``None`` when nothing is."""
    if not value or value.startswith(("sqlite:///", "postgresql://", "postgres://")):
        return None
    return "must start with sqlite:/// or postgresql://"


def valkey_url_problem(value: str) -> str | None:
    """Say what is wrong with Valkey's address, ``None`` when nothing is."""
    if not value:
        return None
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        return "the port must be a number up to 65535"
    good = parts.path if parts.scheme == "unix" else parts.hostname
    if parts.scheme not in {"valkey", "valkeys", "redis", "rediss", "unix"} or not good:
        return "must be valkey://HOST[:PORT], valkeys://HOST[:PORT] or unix://PATH"
    if parts.scheme != "unix" and parts.path.strip("/") and not parts.path[1:].isdigit():
        return "the database must be a number, as in valkey://HOST/0"
    return None


def conflicts(*, workers: int, database: str, forks: bool) -> Iterator[str]:
    """Yield what cannot be together; ``forks`` says whether this system has processes to fork."""
    if workers > 1 and database.startswith("sqlite"):
        yield (
            f"workers: {workers} processes cannot share a SQLite database; set "
            "database_url to a PostgreSQL database, or workers to 1"
        )
    if workers > 1 and not forks:
        yield "workers: this system cannot fork processes; set workers to 1"
