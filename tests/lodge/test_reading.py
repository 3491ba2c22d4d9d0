"""Lists and records, as a person and as a program see them; any other request."""

import csv
import io
import json

import pytest

from tests.lodge.terminal import Person

SELF = "/t/{tenant}/provisioning/v1/api/accounts/self"


def test_a_table_at_a_terminal(jsmith: Person) -> None:
    """Headings and columns, never wider than the terminal, colours or none."""
    for width in (80, 40):
        shown = jsmith.watched("locations", "list", width=width, NO_COLOR="1")
        assert shown.code == 0
        assert "ADDRESS" in shown.out
        assert max(map(len, shown.out.splitlines())) <= width


def test_lines_in_a_pipe(jsmith: Person) -> None:
    """Tabs, no heading, nothing on standard error; the filter reaches the server."""
    done = jsmith.process("users", "list", "--login-name", "jsmith")
    assert (done.code, done.err) == (0, "")
    assert done.out.split("\t")[1:3] == ["jsmith", "John Smith"]
    assert len(done.out.splitlines()) == 1


def test_json_and_limit(jsmith: Person) -> None:
    """Every field, over several pages, as many as asked for."""
    done = jsmith.lodge("extensions", "list", "-o", "json", "--page-size", "50", "-n", "120")
    found = json.loads(done.out)
    assert len({one["extension_number"] for one in found}) == 120
    assert {"user", "dids", "location_id"} <= found[0].keys()
    assert "extra" not in found[0]


def test_csv(jsmith: Person) -> None:
    """A heading and a line for each; commas inside are quoted."""
    done = jsmith.lodge("extensions", "list", "-o", "csv", "-n", "2")
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert len(rows) == 2
    assert rows[0]["numbers"].count(", ") == 1


def test_progress_is_for_people(jsmith: Person) -> None:
    """A listing of several pages shows how far it is, at a terminal only."""
    asked = ("users", "list", "--page-size", "100")
    shown = jsmith.watched(*asked)
    assert "Reading users" in shown.out
    assert "/250" in shown.out
    piped = jsmith.lodge(*asked)
    assert (piped.err, len(piped.out.splitlines())) == ("", 250)


def test_one_record(jsmith: Person) -> None:
    """A line for each value; a missing one is exit code 5 with the request id."""
    shown = jsmith.watched("users", "get", "1001")
    assert "email       jsmith@example.com" in shown.out
    missing = jsmith.lodge("users", "get", "1")
    assert (missing.code, missing.out) == (5, "")
    assert "request id" in missing.err


def test_nothing_is_found(jsmith: Person) -> None:
    """An empty list is a sentence for people and nothing for programs."""
    asked = ("users", "list", "--login-name", "nobody-at-all")
    assert "No user matches." in jsmith.watched(*asked).out
    assert jsmith.lodge(*asked).out == ""


def test_any_request(jsmith: Person) -> None:
    """The body as it came, the status apart, parameters encoded."""
    done = jsmith.lodge("request", "get", f"{SELF}/users", "-q", "page_size=2", "-q", "page=2")
    assert (done.code, done.err) == (0, "HTTP/1.1 200 OK\n")
    assert json.loads(done.out)["page"] == 2


def test_a_refused_request(jsmith: Person) -> None:
    """The body still comes, the exit code says which refusal."""
    done = jsmith.lodge("request", "GET", f"{SELF}/users/1")
    assert (done.code, done.err) == (5, "HTTP/1.1 404 Not Found\n")
    assert json.loads(done.out)


@pytest.mark.parametrize(
    "arguments",
    [
        ("GET", "https://elsewhere.example/x"),
        ("GET", "/x", "-H", "Authorization: Bearer mine"),
        ("GET", "/x", "-q", "no-value"),
        ("POST", "/x", "-d", "@no-such-file"),
    ],
)
def test_requests_that_are_not_sent(jsmith: Person, arguments: tuple[str, ...]) -> None:
    """The access token goes below the profile's server only; mistakes are said before sending."""
    done = jsmith.lodge("request", *arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("Error: ")
