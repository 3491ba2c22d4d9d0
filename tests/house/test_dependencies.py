"""The product imports what it declares, and every choice is written down with its reason."""

import ast
import importlib.metadata
import re
import sys
import tomllib

from tests.house.sources import ROOT, listed, product_modules

NAME = re.compile(r"[A-Za-z0-9_.-]+")

# Loaded by name, never imported: the database driver and the loop that uvicorn picks.
LOADED_BY_NAME = {"psycopg", "uvloop", "httptools"}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _declared() -> set[str]:
    """Return the distributions that pyproject.toml asks for at run time."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found = (NAME.match(requirement) for requirement in project["dependencies"])
    return {_normal(match.group()) for match in found if match}


def _imported() -> dict[str, str]:
    """Return the distributions the product imports, each with one module that does."""
    known = importlib.metadata.packages_distributions()
    found: dict[str, str] = {}
    for module in product_modules():
        for name in _top_names(module.tree) - set(sys.stdlib_module_names) - {"gatelodge"}:
            for distribution in known.get(name, [f"{name} (not installed)"]):
                found[_normal(distribution)] = module.name
    return found


def _top_names(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


def test_every_import_is_declared() -> None:
    """A library that the product imports is a dependency of its own, not of a dependency."""
    imported = _imported()
    undeclared = sorted(imported.items() - {(name, imported.get(name, "")) for name in _declared()})
    assert not undeclared, listed(undeclared)


def test_every_dependency_is_used() -> None:
    """A dependency that nothing imports is not asked for."""
    unused = sorted(_declared() - set(_imported()) - LOADED_BY_NAME)
    assert not unused, listed(unused)


def test_every_dependency_has_its_reason() -> None:
    """Each run-time dependency is explained in the decision about dependencies."""
    text = (ROOT / "docs/decisions/001-dependencies.md").read_text(encoding="utf-8")
    unexplained = sorted(name for name in _declared() if f"| {name} |" not in text)
    assert not unexplained, listed(unexplained)
