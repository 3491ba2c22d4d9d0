"""The build hook: pins, sprite, manifest, and what a built wheel carries."""

import io
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import hatch_build

ROOT = Path(__file__).parents[2]
KEY_ICON = """<svg
  viewBox="0 0 24 24"
>
  <path stroke="none" d="M0 0h24v24H0z" fill="none" />
  <path d="M15 9h.01" />
</svg>"""


def npm_archive(**files: str) -> bytes:
    """Pack files as `npm pack` does; the double underscore stands for a slash."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, text in files.items():
            info = tarfile.TarInfo("package/" + name.replace("__", "/"))
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
    return packed.getvalue()


def pins_for(archive: bytes, *names: str) -> hatch_build.Pins:
    """Pins of one package whose archive is this one."""
    package = hatch_build.Package(
        name="thing",
        version="1.0.0",
        integrity=hatch_build.integrity(archive, "sha512"),
        files={"dist/thing.js": "thing.js"},
        notices={"licenses/thing.txt": "MIT\n"},
    )
    icons = hatch_build.Icons(package="thing", folder="icons", names=names)
    return hatch_build.Pins(vendor="vendor", packages=(package,), icons=icons)


def test_pins_of_the_repository_are_complete() -> None:
    """Every pin names an exact version and a sha512, and no file name is used twice."""
    pins = hatch_build.read_pins((ROOT / "frontend.json").read_text(encoding="utf-8"))
    names = [name for package in pins.packages for name in (*package.files.values(),)]
    assert all(package.integrity.startswith("sha512-") for package in pins.packages)
    assert all(package.version.replace(".", "").isdigit() for package in pins.packages)
    assert len(names) == len(set(names))
    assert list(pins.icons.names) == sorted(set(pins.icons.names))


def test_assemble_takes_only_named_files() -> None:
    """The directory gets the named files, the notices and the sprite, and nothing else."""
    archive = npm_archive(
        dist__thing___js="no", **{"dist__thing.js": "code", "icons__key.svg": KEY_ICON}
    )
    files = hatch_build.assemble(pins_for(archive, "key"), hatch_build.by_integrity([archive]))
    assert set(files) == {"thing.js", "licenses/thing.txt", "icons.svg"}
    assert files["thing.js"] == b"code"


def test_archive_with_another_digest_is_refused() -> None:
    """An archive that does not answer to its pin stops the build and names both digests."""
    pins = pins_for(npm_archive(a="1"), "key")
    other = npm_archive(a="2")
    with pytest.raises(hatch_build.FrontendError, match=r"thing 1\.0\.0") as refused:
        hatch_build.assemble(pins, hatch_build.by_integrity([other]))
    assert hatch_build.integrity(other, "sha512") in str(refused.value)


def test_missing_member_is_named() -> None:
    """A file that the archive does not hold is named in the error."""
    with pytest.raises(hatch_build.FrontendError, match=r"has no dist/gone\.js"):
        hatch_build.members(npm_archive(a="1"), ["a", "dist/gone.js"])


@pytest.mark.parametrize(
    ("given", "left"),
    [
        (b"a{}\n/*# sourceMappingURL=a.css.map */\n", b"a{}\n"),
        (b"f()\n//# sourceMappingURL=f.js.map", b"f()\n"),
        (b"f()\n", b"f()\n"),
    ],
)
def test_source_map_comments_are_dropped(given: bytes, left: bytes) -> None:
    """Comments that would send a browser after a map are cut, other text is left."""
    assert hatch_build.without_source_map(given) == left


def test_symbol_takes_the_text_colour() -> None:
    """A symbol carries the icon's strokes in currentColor, without the invisible square."""
    drawn = hatch_build.symbol("key", KEY_ICON)
    assert drawn.startswith('<symbol id="key" viewBox="0 0 24 24" fill="none"')
    assert 'stroke="currentColor"' in drawn
    assert drawn.endswith('<path d="M15 9h.01" /></symbol>')


def test_icon_that_is_no_svg_is_refused() -> None:
    """Text without an svg element raises instead of making a broken sprite."""
    with pytest.raises(hatch_build.FrontendError, match="the icon key"):
        hatch_build.symbol("key", "<html>")


def test_directory_answers_until_a_file_changes(tmp_path: Path) -> None:
    """A directory answers to its inputs as long as inputs and files are those of its manifest."""
    archive = npm_archive(**{"dist__thing.js": "code", "icons__key.svg": KEY_ICON})
    hook = hook_at(tmp_path, archive)
    vendor = tmp_path / "vendor"
    inputs = hatch_build.inputs_digest(tmp_path)
    hook.initialize("standard", {})
    assert hatch_build.answers(vendor, inputs)
    assert not hatch_build.answers(vendor, inputs + "x")
    assert hook.dependencies() == []
    (vendor / "thing.js").write_text("changed")
    assert not hatch_build.answers(vendor, inputs)
    hook.initialize("standard", {})
    assert (vendor / "thing.js").read_text() == "code"
    assert {path.name for path in tmp_path.glob("vendor*")} == {"vendor"}


def hook_at(root: Path, archive: bytes) -> hatch_build.FrontendHook:
    """Build a hook for a small project whose npm is a script that copies the archive."""
    digest = hatch_build.integrity(archive, "sha512")
    (root / "frontend.json").write_text(
        f"""{{"vendor": "vendor", "packages": {{"thing": {{"version": "1.0.0",
        "integrity": "{digest}", "files": {{"dist/thing.js": "thing.js"}}}}}},
        "icons": {{"package": "thing", "folder": "icons", "names": ["key"]}}}}"""
    )
    (root / "hatch_build.py").write_text("")
    (root / "thing.tgz").write_bytes(archive)
    program = root / "npm"
    program.write_text(f"#!/bin/sh\ncp '{root}/thing.tgz' .\n")
    program.chmod(0o755)
    return hatch_build.FrontendHook(str(root), {}, None, None, str(root), "wheel")  # type: ignore[arg-type] # the hook reads neither configuration nor metadata


@pytest.fixture(autouse=True)
def _npm_of_the_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test here runs a real npm."""
    monkeypatch.setenv(hatch_build.NPM_VARIABLE, str(tmp_path / "npm"))


def test_node_is_asked_for_only_when_something_is_to_be_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a made directory the hook asks for Node, unless an npm was named."""
    hook = hook_at(tmp_path, npm_archive())
    assert hook.dependencies() == []
    monkeypatch.delenv(hatch_build.NPM_VARIABLE)
    assert hook.dependencies() == [hatch_build.NODE]


def test_registry_out_of_reach_says_what_to_do(tmp_path: Path) -> None:
    """When npm fails the error shows npm's words, what was wanted, and the ways out."""
    hook = hook_at(tmp_path, npm_archive())
    (tmp_path / "npm").write_text("#!/bin/sh\necho 'getaddrinfo ENOTFOUND' >&2\nexit 7\n")
    with pytest.raises(hatch_build.FrontendError) as failed:
        hook.initialize("standard", {})
    for words in ("status 7", "thing@1.0.0", "getaddrinfo ENOTFOUND", hatch_build.NPM_VARIABLE):
        assert words in str(failed.value)
    assert not (tmp_path / "vendor").exists()


def test_npm_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Naming an npm that does not exist is said plainly."""
    hook = hook_at(tmp_path, npm_archive())
    monkeypatch.setenv(hatch_build.NPM_VARIABLE, "no-such-npm")
    with pytest.raises(hatch_build.FrontendError, match="no-such-npm, which is not a program"):
        hook.initialize("standard", {})


@pytest.mark.slow
def test_wheel_carries_the_frontend_files(tmp_path: Path) -> None:
    """A built wheel holds style sheet, script, sprite, licences and manifest, and no source map."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    base = "gatelodge/web/static/vendor/"
    vendor = {name.removeprefix(base) for name in names if name.startswith(base)}
    assert vendor == {
        "tabler.min.css",
        "icons.svg",
        "manifest.json",
        "licenses/tabler.txt",
        "licenses/tabler-icons.txt",
    }
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if name.endswith(".map") or "/tests/" in name]
