"""What the built distribution carries, and what it asks for."""

import email
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_wheel(tmp_path: Path) -> None:
    """Typed, licensed, three libraries, and nothing of the server; the rest comes with extras."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT / "sdk",
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("gatelodge_client-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (metadata,) = (name for name in names if name.endswith("/METADATA"))
        told = email.message_from_bytes(archive.read(metadata))
    assert "gatelodge_client/py.typed" in names
    assert not [name for name in names if name.startswith("gatelodge/") or "test" in name]
    assert any(name.endswith("licenses/LICENSE") for name in names)
    asked = told.get_all("Requires-Dist") or []
    always = {line.split(">")[0] for line in asked if "extra ==" not in line}
    assert always == {"filelock", "httpx2", "msgspec"}
    assert set(told.get_all("Provides-Extra") or []) == {"cli", "keyring"}


def test_it_is_imported_without_the_extras() -> None:
    """Keyring, rich and typer are not needed to import it, nor is anything of the server."""
    program = (
        "import sys; sys.modules.update(dict.fromkeys(('keyring', 'rich', 'typer', 'gatelodge')));"
        "import gatelodge_client"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
