"""The files for deployment: held to the ordinary tools, and to the settings of the product."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from gatelodge import settings
from gatelodge.cli.installation import EXIT_USAGE
from tests import programs

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
SETTINGS = {f"GATELODGE_{one.name.upper()}" for one in settings.every()}
ELSEWHERE = {"GATELODGE_SECRET_KEY", "GATELODGE_HOST_NAME"}
"""Variables that are no settings: the secret itself, and what compose fills in."""


def ran(*command: str) -> str:
    """Return what a command printed; fail with it when the command does."""
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def compose() -> dict[str, Any]:
    """Return the compose file as it is read: anchors and merges resolved."""
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose/compose.yaml").read_text())
    return found


def test_the_unit_is_understood(tmp_path: Path) -> None:
    """Systemd takes every line, and finds little that the service could do to the machine."""
    if shutil.which("systemd-analyze") is None:
        programs.absent("systemd-analyze")
    text = (DEPLOY / "systemd/gatelodge.service").read_text()
    unit = tmp_path / "gatelodge.service"
    unit.write_text(text.replace("/opt/gatelodge/bin/gatelodge", "/bin/true"))
    port = tmp_path / "gatelodge.socket"
    port.write_text((DEPLOY / "systemd/gatelodge.socket").read_text())
    said = ran("systemd-analyze", "verify", str(unit), str(port))
    assert unit.name not in said
    assert port.name not in said
    threshold = "--threshold=15"  # 1.5 of 10
    ran("systemd-analyze", "security", "--offline=true", threshold, str(unit))


def test_a_service_is_given_up_for_its_settings_only() -> None:
    """A database that is away for minutes ends nothing for good; exit code 2 is not tried again."""
    lines = (DEPLOY / "systemd/gatelodge.service").read_text().splitlines()
    assert "StartLimitIntervalSec=0" in lines
    assert f"RestartPreventExitStatus={EXIT_USAGE}" in lines


def test_the_unit_lets_hashing_step_behind_everything_else() -> None:
    """What lowers a priority is allowed again after @resources, which holds it, is taken away."""
    lines = (DEPLOY / "systemd/gatelodge.service").read_text().splitlines()
    allowed = "SystemCallFilter=setpriority sched_setattr sched_setscheduler"
    assert lines.index(allowed) > lines.index("SystemCallFilter=~@privileged @resources")


def test_commands_beside_the_service_get_what_it_has() -> None:
    """The guide's function names the unit's user, directories and secret as the unit does."""
    guide = (ROOT / "docs/guides/going-to-production.md").read_text()
    lines = (DEPLOY / "systemd/gatelodge.service").read_text().splitlines()
    asked = re.findall(r" -p (\S+)", guide.split("\nlodged() {")[1].split("\n}")[0])
    # The user of a unit that names none is called as the unit.
    assert set(asked) - set(lines) == {"User=gatelodge"}
    secret = f"LoadCredentialEncrypted={settings.CREDENTIAL}:/etc/gatelodge/secret.cred"
    assert {"DynamicUser=yes", secret} <= set(asked)


def test_the_container_file_is_clean() -> None:
    """Hadolint has nothing to say; nobody is root, and nothing but what is copied can get in."""
    containerfile = DEPLOY / "container/Containerfile"
    ran(str(Path(sys.executable).with_name("hadolint")), str(containerfile))
    text = containerfile.read_text()
    assert text.rindex("USER 10001:10001") > text.rindex("FROM ")
    # useradd alone gives the group another number, and the directory to that one.
    assert "groupadd --system --gid 10001 gatelodge" in text
    assert "install -d -m 0700 -o gatelodge -g gatelodge /var/lib/gatelodge" in text
    copied = [
        name
        for line in text.splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for name in line.split()[1:-1]
    ]
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert ignored[0] == "*"
    assert all(f"!{name}" in ignored for name in copied)
    assert all((ROOT / name).exists() for name in copied)


def test_containers_are_given_settings_that_exist() -> None:
    """A setting that was renamed is found here, not at the first start."""
    image = (DEPLOY / "container/Containerfile").read_text()
    named = {word.split("=")[0] for word in image.split() if word.startswith("GATELODGE_")}
    services = compose()["services"].values()
    for service in services:
        named |= {name for name in service.get("environment", {}) if name.startswith("GATELODGE")}
    assert named
    assert not named - SETTINGS - ELSEWHERE


@pytest.mark.parametrize("name", ["node1", "node2", "migrate"])
def test_compose_gives_nodes_nothing_to_write_or_to_gain(name: str) -> None:
    """Read-only, without capabilities, with secrets as files that the file itself defines."""
    found = compose()
    service = found["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert set(service["secrets"]) <= found["secrets"].keys()
    assert set(service["depends_on"]) <= found["services"].keys()
    assert set(service["networks"]) <= found["networks"].keys()


def test_compose_migrates_before_nodes_start() -> None:
    """Nodes wait for the migration to have ended well, and it for the database."""
    services = compose()["services"]
    assert services["migrate"]["command"] == ["migrate"]
    assert services["migrate"]["depends_on"]["db"]["condition"] == "service_healthy"
    waits = services["node1"]["depends_on"]["migrate"]["condition"]
    assert waits == "service_completed_successfully"
