"""``gatelodge import directory``: what it prints, and with which exit code it ends."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from gatelodge.cli.import_ import app
from gatelodge.provisioning import document

root = typer.Typer()
root.add_typer(app, name="import")


@root.callback()
def main(context: typer.Context) -> None:
    """Stand in for the whole program: no settings file."""
    context.obj = None


GOOD: dict[str, Any] = {
    "accounts": [
        {
            "id": 1,
            "name": "Acme",
            "address": {
                "address_1": "1 Main",
                "city": "Town",
                "country": "US",
                "postal_code": "07733",
            },
        }
    ]
}


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """Run commands in an empty directory with an installation of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GATELODGE_DATA_DIR", str(tmp_path / "data"))
    return CliRunner()


def write(name: str, value: object) -> str:
    """Write a file here and return its name."""
    text = value if isinstance(value, str) else json.dumps(value)
    Path(name).write_text(text, encoding="utf-8")
    return name


def test_a_good_file_is_imported(runner: CliRunner) -> None:
    """The counts are printed; a second run says that nothing changed."""
    name = write("good.json", GOOD)
    first = runner.invoke(root, ["import", "directory", name])
    assert first.exit_code == 0, first.output
    assert "Imported: 1 added, 0 changed, 0 unchanged." in first.output
    second = runner.invoke(root, ["import", "directory", name])
    assert second.exit_code == 0
    assert "Nothing to change: 0 added, 0 changed, 1 unchanged." in second.output


def test_counts_as_json(runner: CliRunner) -> None:
    """With --json only JSON is printed."""
    result = runner.invoke(root, ["import", "directory", write("good.json", GOOD), "--json"])
    assert json.loads(result.stdout)["accounts"] == {"added": 1, "changed": 0, "unchanged": 0}


def test_mistakes_are_listed_with_their_places(runner: CliRunner) -> None:
    """Every mistake is one line of file, line and column; the exit code is 2."""
    name = write("bad.csv", "kind,id,name\naccount,x,\ncat,,\n")
    result = runner.invoke(root, ["import", "directory", name])
    assert result.exit_code == 2
    *lines, last = result.stderr.splitlines()
    assert lines[0] == "bad.csv:2:1: account: name is missing"
    assert any(line.startswith("bad.csv:2:9: account id: must be a whole") for line in lines)
    assert lines[-1].startswith("bad.csv:3:1: kind must be one of")
    assert last == f"{len(lines)} mistakes: nothing was imported."
    assert not Path("data").exists(), "the installation was not even opened"


def test_mistakes_as_json(runner: CliRunner) -> None:
    """With --json mistakes are JSON too."""
    name = write("bad.json", '{"accounts": [\n{"id": 1, "name": 5}]}')
    result = runner.invoke(root, ["import", "directory", name, "--json"])
    assert result.exit_code == 2
    found = json.loads(result.stdout)
    assert {"line": 2, "column": 19, "message": "account name: must be text"} in found["mistakes"]
    assert found["more"] is False


def test_one_mistake_is_one(runner: CliRunner) -> None:
    """The sentence at the end counts well."""
    result = runner.invoke(root, ["import", "directory", write("bad.json", "[]")])
    assert result.stderr.splitlines()[-1] == "1 mistake: nothing was imported."


@pytest.mark.parametrize("name", ["missing.json", "."])
def test_a_file_that_is_not_there_is_bad_usage(runner: CliRunner, name: str) -> None:
    """A missing file or a directory ends with exit code 2."""
    assert runner.invoke(root, ["import", "directory", name]).exit_code == 2


def test_the_form_is_told_by_the_name(runner: CliRunner) -> None:
    """A file that is neither .json nor .csv is bad usage."""
    result = runner.invoke(root, ["import", "directory", write("people.txt", "x")])
    assert result.exit_code == 2
    assert "must end in .json or .csv" in result.stderr


def test_examples_of_the_reference_import(runner: CliRunner) -> None:
    """The examples of docs/reference/directory-import.md work as they stand, and agree."""
    page = Path(__file__).parents[2] / "docs" / "reference" / "directory-import.md"
    text = page.read_text(encoding="utf-8")
    as_json = text.split("```json\n")[1].split("```")[0]
    as_csv = text.split("```csv\n")[1].split("```")[0]
    first = runner.invoke(root, ["import", "directory", write("a.json", as_json), "--json"])
    assert first.exit_code == 0, first.output
    assert [tally["added"] for tally in json.loads(first.stdout).values()] == [1, 1, 2, 2]
    second = runner.invoke(root, ["import", "directory", write("b.csv", as_csv), "--json"])
    assert second.exit_code == 0, second.output
    assert [tally["unchanged"] for tally in json.loads(second.stdout).values()] == [1, 1, 2, 2]


def test_the_provisioning_reference_names_every_operation() -> None:
    """docs/reference/provisioning.md tells of every path and query parameter there is."""
    page = Path(__file__).parents[2] / "docs" / "reference" / "provisioning.md"
    text = page.read_text(encoding="utf-8")
    described = json.loads(document.text())
    names = [path.removeprefix("/api/accounts/{account_id}") for path in described["paths"]]
    assert [name for name in names if f"`{name or '/'}`" not in text] == []
    queried = {
        parameter["name"]
        for item in described["paths"].values()
        for parameter in item["get"].get("parameters", [])
        if parameter.get("in") == "query"
    }
    assert [name for name in queried if f"`{name}`" not in text] == []
