"""The product imports what it declares, and every choice is written down with its reason."""

import ast
import importlib.metadata
import itertools
import re
import sys
import tomllib

import pytest

from tests.house.sources import ROOT, listed, product_modules

PROJECTS = {
    "gatelodge": ROOT / "pyproject.toml",
    "gatelodge_client": ROOT / "sdk" / "pyproject.toml",
}
NAME = re.compile(r"[A-Za-z0-9_.-]+")

# Loaded by name, never imported: the database driver and the loop that uvicorn picks.
LOADED_BY_NAME = {"psycopg", "uvloop", "httptools"}

# Several distributions put their modules below one name: what of them the product asks for.
SHARED_NAMES = {
    "opentelemetry": ("opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http"),
}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _declared(package: str, *, with_extras: bool = False) -> set[str]:
    """Return the distributions that a package's pyproject.toml asks for at run time."""
    project = tomllib.loads(PROJECTS[package].read_text(encoding="utf-8"))["project"]
    extras = project.get("optional-dependencies", {}).values() if with_extras else ()
    requirements = itertools.chain(project["dependencies"], *extras)
    found = (NAME.match(requirement) for requirement in requirements)
    return {_normal(match.group()) for match in found if match}


def _imported(package: str) -> dict[str, str]:
    """Return the distributions a package imports, each with one module that does."""
    known = importlib.metadata.packages_distributions()
    found: dict[str, str] = {}
    for module in product_modules(package):
        for name in _top_names(module.tree) - set(sys.stdlib_module_names) - {package}:
            for distribution in SHARED_NAMES.get(name) or known.get(
                name, [f"{name} (not installed)"]
            ):
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


@pytest.mark.parametrize("package", PROJECTS)
def test_every_import_is_declared(package: str) -> None:
    """A library that a package imports is a dependency of its own, not of a dependency."""
    imported = _imported(package)
    undeclared = imported.keys() - _declared(package, with_extras=True)
    assert not undeclared, listed(sorted((name, imported[name]) for name in undeclared))


@pytest.mark.parametrize("package", PROJECTS)
def test_every_dependency_is_used(package: str) -> None:
    """A dependency that nothing imports is not asked for."""
    unused = sorted(_declared(package) - set(_imported(package)) - LOADED_BY_NAME)
    assert not unused, listed(unused)


@pytest.mark.parametrize("package", PROJECTS)
def test_every_dependency_has_its_reason(package: str) -> None:
    """Each run-time dependency is explained in the decision about dependencies."""
    text = (ROOT / "docs/decisions/001-dependencies.md").read_text(encoding="utf-8")
    declared = _declared(package, with_extras=True)
    unexplained = sorted(name for name in declared if f"| {name} |" not in text)
    assert not unexplained, listed(unexplained)
