"""Secrets in what servers answer: each where it is handed out, and nowhere else."""

import re
from collections import Counter
from pathlib import Path

TOKEN = {"access token", "refresh token", "signed JWT"}
HANDED_OUT: tuple[tuple[str, str, str, set[str]], ...] = (
    ("POST", r"(/t/[^/]+)?(/oauth2)?/token", "application/json", TOKEN),
    ("POST", r".*/device_authori[sz].*", "application/json", {"device code"}),
    # The answer to the application, by way of the browser (RFC 6749 section 4.1.2).
    ("POST", r"/(consent|signin|signin/.*)", "location", {"authorization code"}),
    ("GET", r"/(authorize|signin/.*)", "location", {"authorization code"}),
    ("POST", r"/endsession|/logout", "location", {"signed JWT"}),
    # What a page shows once.
    (
        "GET",
        r"/applications/\d+/keys/\w+",
        "text/html",
        {"consumer secret", "signed JWT", "access token"},
    ),
    ("POST", r"/applications/\d+/keys/\w+.*", "text/html", {"signed JWT", "access token"}),
    ("GET", r"/account/access-tokens", "text/html", {"personal access token"}),
    ("GET|POST", r"/(account|me)/two-step.*", "text/html", {"one-time password seed"}),
    (
        "POST",
        r"/api/v1/applications/\d+/keys(/\w+/secrets)?",
        "application/json",
        {"consumer secret"},
    ),
    ("POST", r"/api/v1/.*/test-tokens", "application/json", {"signed JWT", "access token"}),
    # Forms whose address is the link that somebody was sent.
    ("GET|POST", r"/invite/SECRET", "text/html", {"invitation"}),
    ("GET|POST", r"(/signin|/login)?/reset.*", "text/html", {"password reset"}),
    ("POST", r"/(login|signin|account|me)/.*", "location", {"upstream state"}),
    ("GET", r"/outbox.*", "text/html", {"password reset", "invitation"}),
    # Pages of the demo that show what everybody knows.
    ("GET", r"/callback-demo", "text/html", {"secret", "authorization code"}),
)
"""Method, path, place in the answer and kinds of secret."""
ONCE = {"consumer secret", "personal access token"}


def check(notes: Path) -> None:
    """Fail with every answer that carried a secret it does not hand out, or showed one again."""
    if not notes.exists():
        return
    lines = [line.split("\t") for line in notes.read_text(encoding="utf-8").splitlines()]
    wrong = {" ".join(line[:4]) for line in lines if not _hands_out(*line[:4])}
    seen = Counter((kind, digest) for *_, kind, digest in lines if kind in ONCE)
    wrong |= {f"{kind} shown {count} times" for (kind, _), count in seen.items() if count > 1}
    assert not wrong, "\n".join(sorted(wrong))


def _hands_out(method: str, path: str, place: str, kind: str) -> bool:
    return any(
        re.fullmatch(methods, method)
        and re.fullmatch(paths, path)
        and place == where
        and kind in kinds
        for methods, paths, where, kinds in HANDED_OUT
    )
