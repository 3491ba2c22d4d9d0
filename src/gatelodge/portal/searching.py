"""What a developer looks for in a list, as the page's address says it."""

from starlette.requests import Request

_LONGEST = 100


def words(request: Request) -> str:
    """Return the text searched for; no stored text has a NUL, and PostgreSQL is not to see one."""
    return request.query_params.get("search", "").replace("\0", "").strip()[:_LONGEST]
