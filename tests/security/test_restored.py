"""A restored copy revives nothing that ended since: tried with everything that lets somebody in."""

import asyncio
from pathlib import Path

import httpx2
import pytest

from tests import serving
from tests.flows.signing_in import authorize, by_password, redeem, refresh
from tests.security.arena import arena
from tests.security.attacking import API, DEMO, bearer
from tests.security.single_use import THINGS
from tests.serving import free_port


async def command(data_dir: Path, *words: str, database_url: str = "") -> tuple[int, str]:
    """Run an operator's command on an installation; return its exit code and what it said."""
    options = ("GATELODGE_DATA_DIR", str(data_dir), "GATELODGE_DATABASE_URL", database_url)
    environment = dict(zip(options[::2], options[1::2], strict=True))
    process = await asyncio.create_subprocess_exec(
        *serving.PROGRAM,
        *words,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={"PATH": "/usr/bin:/bin", "GATELODGE_TENANT": "vbc.prod", **environment},
        cwd=data_dir,
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


def statuses(*answers: httpx2.Response) -> list[int]:
    """Return what answers came to."""
    return [answer.status_code for answer in answers]


def with_secret(new: Path, old: Path) -> None:
    """Make a data directory that has the secret of another one and nothing else."""
    new.mkdir(mode=0o700)
    (new / "secret.key").write_bytes((old / "secret.key").read_bytes())
    (new / "secret.key").chmod(0o600)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def target(request: pytest.FixtureRequest) -> str:
    """Where the backup goes: SQLite, or an empty PostgreSQL database."""
    postgres = request.param == "postgresql"
    return str(request.getfixturevalue("postgres_database")) if postgres else ""


async def test_a_backup_brings_back_things_and_no_rights(tmp_path: Path, target: str) -> None:
    """Taken under load; applications, keys and people are there, nothing issued before works."""
    old, new, file = tmp_path / "old", tmp_path / "new", tmp_path / "kept.backup"
    port = free_port()
    async with (
        serving.serving(old, "--demo", port=port) as server,
        httpx2.AsyncClient(base_url=server.base_url, timeout=60) as http,
    ):
        redirect_uri = f"{server.base_url}/callback-demo"
        unspent = (await authorize(http, redirect_uri))["code"]
        spent = (await authorize(http, redirect_uri))["code"]
        first = (await by_password(http)).json()
        revoked = (await by_password(http)).json()
        personal = http.cookies
        code, said = await command(old, "backup", str(file))
        assert code == 0, said
        rotated = first["refresh_token"]
        second = (await refresh(http, rotated)).json()
        assert (await redeem(http, spent, redirect_uri)).status_code == 200
        form = {"token": revoked["refresh_token"]}
        assert (await http.post("/revoke", data=form, auth=DEMO)).status_code == 200
    sealed = file.read_bytes()
    assert (b"jsmith" in sealed, file.stat().st_mode & 0o777) == (False, 0o600)

    with_secret(new, old)
    code, said = await command(new, "restore", str(file), database_url=target)
    assert (code, "Restored" in said) == (0, True), said
    (new / "audit.head").write_text("kept", encoding="ascii")
    again, refusal = await command(new, "restore", str(file), database_url=target)
    assert (again, "in use" in refusal) == (1, True)
    assert (new / "audit.head").read_text(encoding="ascii") == "kept"
    (new / "audit.head").unlink()

    environment = {"GATELODGE_DATABASE_URL": target}
    async with (
        serving.serving(new, "--demo", port=port, environment=environment) as server,
        httpx2.AsyncClient(base_url=server.base_url, timeout=60) as http,
    ):
        dead = [first, second, revoked]
        assert (
            statuses(*[await http.get(API, headers=bearer(each["access_token"])) for each in dead])
            == [401] * 3
        )
        assert statuses(*[await refresh(http, each["refresh_token"]) for each in dead]) == [400] * 3
        assert (
            statuses(*[await redeem(http, each, redirect_uri) for each in (spent, unspent)])
            == [400] * 2
        )
        http.cookies.update(personal)
        assert (await http.get("/applications")).status_code == 303
        assert (await http.get("/me")).status_code == 303
        living = (await by_password(http)).json()
        assert (await http.get(API, headers=bearer(living["access_token"]))).status_code == 200


async def test_a_damaged_backup_changes_nothing(tmp_path: Path) -> None:
    """Cut, changed, exchanged or made under another secret: refused, and nothing is half done."""
    old, new, file = tmp_path / "old", tmp_path / "new", tmp_path / "kept.backup"
    async with serving.serving(old, "--demo"):
        assert (await command(old, "backup", str(file)))[0] == 0
        assert (await command(old, "backup", str(file)))[0] == 1
    whole = file.read_bytes()
    new.mkdir(mode=0o700)
    secret = (old / "secret.key").read_bytes()
    middle = len(whole) // 2
    code, said = await command(new, "restore", str(file))
    assert (code, "Put the secret" in said, list(new.iterdir())) == (1, True, [])
    damaged = {
        "cut": whole[:middle],
        "changed": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
        "longer": whole + b"x",
        "nothing": b"",
    }
    (new / "secret.key").write_bytes(secret)
    (new / "secret.key").chmod(0o600)
    for name, content in damaged.items():
        file.write_bytes(content)
        code, said = await command(new, "restore", str(file))
        assert (code, str(file) in said) == (1, True), name
    file.write_bytes(whole)
    (new / "secret.key").write_bytes(b"0" * 64)
    code, said = await command(new, "restore", str(file))
    assert (code, "another installation secret" in said) == (1, True)
    (new / "secret.key").write_bytes(secret)
    assert (await command(new, "restore", "--check", str(file)))[0] == 0
    assert (await command(new, "restore", str(file)))[0] == 0


async def test_what_was_used_once_is_not_good_again(tmp_path: Path) -> None:
    """Everything single-use, backed up unused and used since: a restored copy takes none of it."""
    file, new = tmp_path / "kept.backup", tmp_path / "new"
    async with arena(tmp_path) as found:
        (server,) = found.servers
        uses = [await thing.get(found) for thing in THINGS]
        code, said = await command(server.data_dir, "backup", str(file))
        assert code == 0, said
        for thing, use in zip(THINGS, uses, strict=True):
            assert thing.prize(await use(server.base_url)) is not None, thing.name
        await server.stop()
        with_secret(new, server.data_dir)
        code, said = await command(new, "restore", str(file))
        assert code == 0, said
        async with serving.serving(new, "--demo", port=server.port, **found.settings) as restored:
            for thing, use in zip(THINGS, uses, strict=True):
                answer = await use(restored.base_url)
                assert thing.prize(answer) is None, thing.name
                assert answer.status_code < 500, thing.name
