"""Migrations only add, so that processes of the previous version go on serving beside them."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from gatelodge.storage.migrate import MIGRATIONS

BEFORE_THE_RULE = {"0001", "0002"}
"""Written before two versions could meet on one database."""

ADDING = {"add_column", "create_index", "create_table", "batch_alter_table", "get_bind"}
ADDING |= {"bulk_insert", "inline_literal"}  # rows, for a table that the same step made
FILES = [
    path
    for path in sorted((MIGRATIONS / "versions").glob("0*.py"))
    if path.name[:4] not in BEFORE_THE_RULE
]


def problems(source: str) -> Iterator[str]:
    """Yield what in a migration takes away or asks more of a writer that does not know it."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        owner = node.func.value
        called = node.func.attr
        if isinstance(owner, ast.Name) and owner.id in {"op", "batch"} and called not in ADDING:
            yield f"line {node.lineno}: {owner.id}.{called}"
        if called in {"drop", "execute"} and not isinstance(owner, ast.Name):
            yield f"line {node.lineno}: {called}"
        if called == "Column" and _asks_more(node):
            yield f"line {node.lineno}: a column that must be given, without a default"


def _asks_more(column: ast.Call) -> bool:
    given = {word.arg: word.value for word in column.keywords}
    nullable = given.get("nullable")
    required = isinstance(nullable, ast.Constant) and nullable.value is False
    return required and "server_default" not in given


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_migration_only_adds(path: Path) -> None:
    """Tables, indexes, and columns that may be left out."""
    assert list(problems(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "line",
    [
        'op.drop_column("users", "name")',
        'op.alter_column("users", "name", nullable=False)',
        'op.execute("DELETE FROM users")',
        'op.get_bind().execute("DELETE FROM users")',
        'batch.drop_column("name")',
        'sa.Column("name", sa.Text, nullable=False)',
    ],
)
def test_other_migrations_are_found(line: str) -> None:
    """What takes away, changes, or asks more is told apart."""
    assert list(problems(line))
