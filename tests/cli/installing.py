"""Runs the whole program's commands on an installation of the test's own."""

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from gatelodge.cli.main import app

WEATHER = """\
openapi: 3.1.0
info: {title: Weather, version: v1}
paths:
  /towns/{town}:
    parameters:
      - {name: town, in: path, required: true, schema: {type: string}}
    get:
      summary: The weather of a town
      responses:
        200: {description: The weather}
"""


class Commands:
    """Runs commands one after another; ``json`` expects success and returns what was printed."""

    def __init__(self, runner: CliRunner) -> None:
        self._runner = runner

    def run(self, *arguments: str, stdin: str | None = None) -> Result:
        """Run one command."""
        return self._runner.invoke(app, list(arguments), input=stdin)

    def json(self, *arguments: str) -> Any:
        """Run one command with ``--json`` and return its answer."""
        result = self.run(*arguments, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)


def write(name: str, text: str) -> str:
    """Write a file in the current directory and return its name."""
    Path(name).write_text(text, encoding="utf-8")
    return name
